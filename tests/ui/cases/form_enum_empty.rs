use mcp_runtime::Elicit;

#[derive(Elicit)]
enum Pet {}

fn main() {}
