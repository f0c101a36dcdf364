use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    name: String,
    #[elicit(rename = "name")]
    nickname: String,
}

fn main() {}
