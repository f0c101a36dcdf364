use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(min_items = 1)]
    name: String,
}

fn main() {}
