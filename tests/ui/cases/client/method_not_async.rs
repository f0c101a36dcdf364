use mcp_runtime::client;

#[client]
trait Stocks {
    fn price(&self, symbol: &str) -> f64;
}

fn main() {}
