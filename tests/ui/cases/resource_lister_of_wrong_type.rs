use mcp_runtime::resource;

/// A note.
#[resource("notes://{id}", list = notes)]
fn note(id: u64) -> String {
    id.to_string()
}

fn notes() -> Vec<u64> {
    vec![1]
}

fn main() {}
