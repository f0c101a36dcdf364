use mcp_runtime::client;

#[client]
trait Stocks {
    async fn check(&self, symbol: &str) -> bool;
}

fn main() {}
