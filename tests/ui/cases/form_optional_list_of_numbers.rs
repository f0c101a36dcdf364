use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    numbers: Option<Vec<u8>>,
}

fn main() {}
