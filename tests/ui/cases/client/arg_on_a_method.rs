use mcp_runtime::client;

#[client]
trait Stocks {
    #[arg(rename = "s")]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
