use mcp_runtime::tool;

/// Add two integers.
#[tool]
async fn add(#[arg(mininum = 1)] a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
