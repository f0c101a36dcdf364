use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(pattern = "^[a-z")] what: String) {
    let _ = what;
}

fn main() {}
