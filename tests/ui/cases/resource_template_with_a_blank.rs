use mcp_runtime::resource;

/// A note.
#[resource("notes://of the day/{id}")]
fn note(id: String) -> String {
    id
}

fn main() {}
