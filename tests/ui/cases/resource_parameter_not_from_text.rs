use mcp_runtime::resource;

struct Door;

/// A door.
#[resource("doors://{door}")]
fn door(door: Door) -> String {
    drop(door);
    String::new()
}

fn main() {}
