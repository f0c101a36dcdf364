use mcp_runtime::client;

#[client]
trait Stocks {
    async fn name(&self, symbol: &str) -> &str;
}

fn main() {}
