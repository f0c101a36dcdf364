use mcp_runtime::resource;

/// A user.
#[resource("users://{id}")]
fn user(name: String) -> String {
    name
}

fn main() {}
