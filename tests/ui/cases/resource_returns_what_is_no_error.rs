use mcp_runtime::resource;

struct Closed;

/// A door.
#[resource("doors://front")]
fn door() -> Result<String, Closed> {
    Err(Closed)
}

fn main() {}
