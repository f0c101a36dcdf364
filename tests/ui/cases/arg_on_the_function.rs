use mcp_runtime::tool;

/// Order something.
#[tool]
#[arg(min = 1)]
async fn order(count: u32) {
    let _ = count;
}

fn main() {}
