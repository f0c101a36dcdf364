use mcp_runtime::client;

#[client(crate = "mcp_runtime")]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
