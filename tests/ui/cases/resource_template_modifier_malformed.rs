use mcp_runtime::resource;

/// A note.
#[resource("notes://{id:0}")]
fn note(id: String) -> String {
    id
}

fn main() {}
