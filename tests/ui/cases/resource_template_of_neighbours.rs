use mcp_runtime::resource;

/// A note.
#[resource("notes://{year}{id}")]
fn note(year: u16, id: String) -> String {
    format!("{year} {id}")
}

fn main() {}
