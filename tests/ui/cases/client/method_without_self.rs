use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(symbol: &str) -> f64;
}

fn main() {}
