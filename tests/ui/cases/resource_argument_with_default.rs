use mcp_runtime::resource;

/// A note.
#[resource("notes://{id}")]
fn note(#[arg(default = "today")] id: String) -> String {
    id
}

fn main() {}
