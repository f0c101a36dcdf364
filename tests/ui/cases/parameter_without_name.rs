use mcp_runtime::tool;

/// Add two integers.
#[tool]
async fn add(a: i64, _: i64) -> i64 {
    a
}

fn main() {}
