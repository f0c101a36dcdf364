use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str, _: ...) -> f64;
}

fn main() {}
