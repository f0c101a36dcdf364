use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(header = "X Y")] what: String) {
    let _ = what;
}

fn main() {}
