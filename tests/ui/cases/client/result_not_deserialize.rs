use mcp_runtime::client;

struct Price;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> Price;
}

fn main() {}
