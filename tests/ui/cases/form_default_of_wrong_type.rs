use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(default = 1.5)]
    age: u8,
}

fn main() {}
