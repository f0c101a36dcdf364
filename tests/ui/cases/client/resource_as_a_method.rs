use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;

    #[resource("chart://{symbol}")]
    async fn chart(&self, symbol: &str) -> String;
}

fn main() {}
