use mcp_runtime::resource;

/// What is to be done today.
#[resource("notes://today/../tomorrow")]
fn tomorrow() -> &'static str {
    "nothing"
}

fn main() {}
