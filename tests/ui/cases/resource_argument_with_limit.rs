use mcp_runtime::resource;

/// A note.
#[resource("notes://{id}")]
fn note(#[arg(max_len = 9)] id: String) -> String {
    id
}

fn main() {}
