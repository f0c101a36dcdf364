use mcp_runtime::resource;

/// A note.
#[resource("notes://today", name = "")]
fn note() -> String {
    "nothing".to_owned()
}

fn main() {}
