use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(format = "email")]
    age: u8,
}

fn main() {}
