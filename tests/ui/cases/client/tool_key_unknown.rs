use mcp_runtime::client;

#[client]
trait Stocks {
    #[tool(read_only)]
    async fn price(&self, symbol: &str) -> f64;
}

fn main() {}
