use mcp_runtime::resource;

/// A note.
#[resource("notes://today", annotations(priority = "high"))]
fn note() -> String {
    "nothing".to_owned()
}

fn main() {}
