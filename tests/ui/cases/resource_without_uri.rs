use mcp_runtime::resource;

/// What is to be done today.
#[resource(mime_type = "text/plain")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
