use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min = 5, max = 4)]
    age: u8,
}

fn main() {}
