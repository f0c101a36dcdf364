use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person<T> {
    name: T,
}

fn main() {}
