use mcp_runtime::resource;

/// A note.
#[resource("notes://{note-id}")]
fn note(note_id: String) -> String {
    note_id
}

fn main() {}
