use mcp_runtime::client;

#[client]
trait Stocks {}

fn main() {}
