use mcp_runtime::Elicit;

const LEAST: u8 = 18;

#[derive(Elicit)]
struct Person {
    #[elicit(default = 5, min = LEAST)]
    age: u8,
}

fn main() {}
