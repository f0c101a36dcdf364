use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", timeout = "0s")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
