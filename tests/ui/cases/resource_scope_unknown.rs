use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", scope = "shared")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
