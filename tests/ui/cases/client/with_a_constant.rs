use mcp_runtime::client;

#[client]
trait Stocks {
    const CURRENCY: &'static str;

    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
