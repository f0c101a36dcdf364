use mcp_runtime::{Elicit, prompt};

#[derive(Elicit)]
struct Name {
    name: String,
}

/// Greet.
#[prompt]
fn greet(#[ask("Whom?")] person: Name) -> String {
    person.name
}

fn main() {}
