use mcp_runtime::tool;

const LEAST: u32 = 1;

/// Order something.
#[tool]
async fn order(#[arg(default = 0, min = LEAST)] count: u32) {
    let _ = count;
}

fn main() {}
