use mcp_runtime::client;

struct Price;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> Result<Price, client::Error>;
}

fn main() {}
