use mcp_runtime::{Context, resource};

/// A user.
#[resource("users://{id}")]
fn user(id: u64, cx: &Context, language: String) -> String {
    let _ = cx;
    format!("{id}{language}")
}

fn main() {}
