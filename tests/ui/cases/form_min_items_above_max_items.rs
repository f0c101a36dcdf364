use mcp_runtime::Elicit;

#[derive(Elicit)]
enum Pet {
    Cat,
}

#[derive(Elicit)]
struct Person {
    #[elicit(min_items = 5, max_items = 4)]
    pets: Vec<Pet>,
}

fn main() {}
