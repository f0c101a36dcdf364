use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(min_len = 1)] what: u32) {
    let _ = what;
}

fn main() {}
