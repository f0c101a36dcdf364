use mcp_runtime::client;

#[client]
trait Stocks {
    async unsafe fn price(&self, symbol: &str) -> f64;
}

fn main() {}
