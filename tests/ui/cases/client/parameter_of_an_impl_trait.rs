use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: impl AsRef<str>) -> f64;
}

fn main() {}
