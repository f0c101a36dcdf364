use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> f64;

    #[prompt]
    async fn review(&self, symbol: &str) -> String;
}

fn main() {}
