use mcp_runtime::Elicit;

#[derive(Elicit)]
#[elicit(rename_all = "camel_case")]
struct Person {
    age: u8,
}

fn main() {}
