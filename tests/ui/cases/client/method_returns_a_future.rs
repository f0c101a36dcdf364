use mcp_runtime::client;

use std::future::Future;

#[client]
trait Stocks {
    fn price(&self, symbol: &str) -> impl Future<Output = f64>;
}

fn main() {}
