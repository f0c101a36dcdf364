use mcp_runtime::Elicit;

#[derive(Elicit)]
enum Pet {
    #[elicit(title = 5)]
    Cat,
}

fn main() {}
