use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", annotations(priority = 5))]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
