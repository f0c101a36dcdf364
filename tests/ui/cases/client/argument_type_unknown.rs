use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: Symbol) -> f64;
}

fn main() {}
