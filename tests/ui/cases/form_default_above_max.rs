use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(default = 200, max = 150)]
    age: u8,
}

fn main() {}
