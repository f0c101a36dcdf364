use mcp_runtime::client;

struct Symbol;

#[client]
trait Stocks {
    async fn price(&self, symbols: &[Symbol]) -> f64;
}

fn main() {}
