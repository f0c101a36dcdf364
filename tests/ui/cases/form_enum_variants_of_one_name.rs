use mcp_runtime::Elicit;

#[derive(Elicit)]
#[elicit(rename_all = "lowercase")]
enum Pet {
    Cat,
    #[elicit(rename = "cat")]
    Tiger,
}

fn main() {}
