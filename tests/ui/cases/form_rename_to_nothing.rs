use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(rename = "")]
    name: String,
}

fn main() {}
