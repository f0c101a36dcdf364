use mcp_runtime::resource;

struct Door;

/// Doors in a row.
#[resource("doors://row{/doors*}")]
fn row(doors: Vec<Door>) -> String {
    doors.len().to_string()
}

fn main() {}
