use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(header = "Items")] what: Vec<String>) {
    let _ = what;
}

fn main() {}
