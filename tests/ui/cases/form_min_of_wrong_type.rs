use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min = -1)]
    age: u8,
}

fn main() {}
