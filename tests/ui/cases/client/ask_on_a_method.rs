use mcp_runtime::client;

#[client]
trait Stocks {
    #[ask("Which?")]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
