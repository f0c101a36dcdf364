use mcp_runtime::resource;

/// A note.
#[resource("notes://{id}}")]
fn note(id: String) -> String {
    id
}

fn main() {}
