use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(pattern = "^[a-z")] what: String) {
    drop(what);
}

fn main() {}
