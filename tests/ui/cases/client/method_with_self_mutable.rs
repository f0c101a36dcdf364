use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&mut self, symbol: &str) -> f64;
}

fn main() {}
