use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person<'a> {
    name: &'a str,
}

fn main() {}
