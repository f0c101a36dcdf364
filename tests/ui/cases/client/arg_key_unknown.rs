use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, #[arg(renam = "s")] symbol: &str) -> f64;
}

fn main() {}
