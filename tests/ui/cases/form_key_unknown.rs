use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(minimum = 5)]
    age: u8,
}

fn main() {}
