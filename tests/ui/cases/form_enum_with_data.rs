use mcp_runtime::Elicit;

#[derive(Elicit)]
enum Pet {
    Cat,
    Other(String),
}

fn main() {}
