use mcp_runtime::resource;

struct Door;

/// A door.
#[resource("doors://front")]
fn door() -> Door {
    Door
}

fn main() {}
