use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price<Symbol>(&self, symbol: Symbol) -> f64;
}

fn main() {}
