use mcp_runtime::resource;

/// A note.
#[resource("notes://{id}")]
fn note(#[arg(complete = ids)] id: String) -> String {
    id
}

fn ids(typed: u8) -> Vec<String> {
    vec![typed.to_string()]
}

fn main() {}
