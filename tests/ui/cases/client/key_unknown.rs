use mcp_runtime::client;

#[client(name = "stocks")]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
