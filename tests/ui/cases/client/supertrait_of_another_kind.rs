use mcp_runtime::client;

#[client]
trait Stocks: std::fmt::Display {
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
