use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today", mimetype = "text/plain")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
