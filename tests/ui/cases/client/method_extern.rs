use mcp_runtime::client;

#[client]
trait Stocks {
    async extern "C" fn price(&self, symbol: &str) -> f64;
}

fn main() {}
