use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, #[ask("Which?")] symbol: &str) -> f64;
}

fn main() {}
