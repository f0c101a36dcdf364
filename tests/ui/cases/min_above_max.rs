use mcp_runtime::tool;

/// Order something.
#[tool]
async fn order(#[arg(min = 9, max = 1)] what: u32) {
    let _ = what;
}

fn main() {}
