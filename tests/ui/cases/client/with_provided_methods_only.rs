use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64 {
        symbol.len() as f64
    }
}

fn main() {}
