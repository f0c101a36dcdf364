use mcp_runtime::resource;

/// A note.
#[resource("notes://today", annotations = "user")]
fn note() -> String {
    "nothing".to_owned()
}

fn main() {}
