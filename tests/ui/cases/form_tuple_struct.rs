use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person(String);

fn main() {}
