use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(default = Some(5))]
    age: Option<u8>,
}

fn main() {}
