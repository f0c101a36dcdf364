use std::collections::HashMap;

use mcp_runtime::Elicit;

#[derive(Elicit)]
struct Person {
    notes: HashMap<String, String>,
}

fn main() {}
