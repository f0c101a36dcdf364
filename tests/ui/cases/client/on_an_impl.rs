use mcp_runtime::client;

struct Stocks;

#[client]
impl Stocks {
    async fn price(&self, symbol: &str) -> f64 {
        symbol.len() as f64
    }
}

fn main() {}
