use mcp_runtime::{ResourceLink, resource};

/// What is to be done today.
#[resource("notes://today", list = notes)]
fn today() -> &'static str {
    "nothing"
}

fn notes() -> Vec<ResourceLink> {
    Vec::new()
}

fn main() {}
