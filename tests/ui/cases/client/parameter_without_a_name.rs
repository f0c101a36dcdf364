use mcp_runtime::client;

#[client]
trait Stocks {
    async fn price(&self, _: &str) -> f64;
}

fn main() {}
