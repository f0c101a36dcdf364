use mcp_runtime::client;

#[client]
trait Stocks<Symbol> {
    async fn price(&self, symbol: Symbol) -> f64;
}

fn main() {}
