use mcp_runtime::resource;

/// A user.
#[resource("users://{id}")]
fn user(
    id: u64,
    /// In which language
    language: String,
) -> String {
    format!("{id}{language}")
}

fn main() {}
