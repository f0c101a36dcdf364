use mcp_runtime::client;

#[derive(Debug)]
struct Refused;

#[client]
trait Stocks {
    async fn price(&self, symbol: &str) -> Result<f64, Refused>;
}

fn main() {}
