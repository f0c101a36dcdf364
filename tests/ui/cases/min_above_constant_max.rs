use mcp_runtime::tool;

const MOST: u32 = 5;

/// Order something.
#[tool]
async fn order(#[arg(min = 6, max = MOST)] count: u32) {
    let _ = count;
}

fn main() {}
