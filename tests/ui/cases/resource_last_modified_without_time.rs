use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", annotations(last_modified = "2026-01-12"))]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
