use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min = 1)]
    name: String,
}

fn main() {}
