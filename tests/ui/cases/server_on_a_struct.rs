use mcp_runtime::server;

#[server]
struct Calculator;

fn main() {}
