use mcp_runtime::Elicit;

#[derive(Elicit)]
#[elicit(enum_names)]
enum Pet {
    Cat,
}

fn main() {}
