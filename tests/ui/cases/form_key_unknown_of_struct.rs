use mcp_runtime::Elicit;

#[derive(Elicit)]
#[elicit(rename = "camelCase")]
struct Person {
    age: u8,
}

fn main() {}
