use mcp_runtime::client;

#[client]
trait Stocks {
    #[tool(name = 7)]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
