use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min_len = 1)]
    age: u8,
}

fn main() {}
