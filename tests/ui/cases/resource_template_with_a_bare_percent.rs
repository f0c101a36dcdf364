use mcp_runtime::resource;

/// A note.
#[resource("notes://100%/{id}")]
fn note(id: String) -> String {
    id
}

fn main() {}
