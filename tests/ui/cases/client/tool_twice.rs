use mcp_runtime::client;

#[client]
trait Stocks {
    #[tool]
    #[tool(name = "get_price")]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
