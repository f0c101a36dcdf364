use mcp_runtime::resource;

/// A note.
#[resource("notes://today", annotations(audience(1)))]
fn note() -> String {
    "nothing".to_owned()
}

fn main() {}
