use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(min_len = 9, max_len = 1)] what: String) {
    let _ = what;
}

fn main() {}
