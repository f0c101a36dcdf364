use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, #[arg(min_len = 1)] symbol: &str) -> f64;
}

fn main() {}
