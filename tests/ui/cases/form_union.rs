use mcp_runtime::Elicit;

#[derive(Elicit)]
union Person {
    age: u8,
}

fn main() {}
