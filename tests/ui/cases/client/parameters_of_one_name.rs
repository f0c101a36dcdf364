use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str, #[arg(rename = "symbol")] currency: &str) -> f64;
}

fn main() {}
