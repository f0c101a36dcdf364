use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    #[elicit(default = "nobody", max_len = 3)]
    name: String,
}

fn main() {}
