use mcp_runtime::client;

#[client]
trait Stocks {
    type Price;

    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
