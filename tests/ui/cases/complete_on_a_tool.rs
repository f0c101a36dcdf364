use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(complete = complete)] what: String) {
    let _ = what;
}

fn main() {}
