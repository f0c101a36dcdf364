use mcp_runtime::resource;

/// What is to be done today.
#[resource(uri = "notes://today")]
fn today() -> &'static str {
    "nothing"
}

fn main() {}
