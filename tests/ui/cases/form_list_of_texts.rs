use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    names: Vec<String>,
}

fn main() {}
