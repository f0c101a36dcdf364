use mcp_runtime::client;

#[client]
trait Stocks {
    const async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
