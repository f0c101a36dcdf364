use mcp_runtime::client;

#[client]
struct Stocks;

fn main() {}
