use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(format = "datetime")]
    born: String,
}

fn main() {}
