use mcp_runtime::client;

#[client]
trait Stocks {
    #[tool(name = "")]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
