use mcp_runtime::Elicit;

struct Connection;

#[derive(Elicit)]
enum Age {
    Young,
    Old,
}

#[derive(Elicit)]
struct Person {
    #[elicit(min = 1)]
    name: String,
    connection: Connection,
    names: Vec<String>,
    #[elicit(default = "none", rename = "n")]
    age: Age,
}

fn main() {}
