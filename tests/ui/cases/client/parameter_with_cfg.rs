use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str, #[cfg(all())] currency: &str) -> f64;
}

fn main() {}
