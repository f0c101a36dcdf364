use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, #[arg(rename = "")] symbol: &str) -> f64;
}

fn main() {}
