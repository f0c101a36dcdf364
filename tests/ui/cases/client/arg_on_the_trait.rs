use mcp_runtime::client;

#[client]
#[arg(rename = "s")]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
