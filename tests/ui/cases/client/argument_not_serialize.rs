use mcp_runtime::client;

struct Symbol;

#[client]
trait Stocks {
    async fn price(&self, symbol: Symbol) -> f64;
}

fn main() {}
