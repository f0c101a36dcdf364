use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(#[arg(rename = "s")] &self, symbol: &str) -> f64;
}

fn main() {}
