use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", ttl = "300")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
