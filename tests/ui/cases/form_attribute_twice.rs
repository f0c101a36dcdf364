use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min = 1)]
    #[elicit(max = 2)]
    age: u8,
}

fn main() {}
