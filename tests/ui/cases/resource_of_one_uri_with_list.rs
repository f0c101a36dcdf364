use mcp_runtime::tool::ResourceLink;
use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", list = notes)]
fn today() -> &'static str {
    "nothing"
}

fn notes() -> Vec<ResourceLink> {
    Vec::new()
}

fn main() {}
