use mcp_runtime::Elicit;

struct Person {
    name: String,
}

#[derive(Elicit)]
enum Pet {
    Cat,
}

fn ask<T: Elicit>() {}

fn main() {
    ask::<Person>();
    ask::<Pet>();
}
