use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", annotations(audience("users")))]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
