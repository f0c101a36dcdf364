use mcp_runtime::client;

#[client]
trait Stocks<'a> {
    async fn price(&self, symbol: &'a str) -> f64;
}

fn main() {}
