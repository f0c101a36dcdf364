use mcp_runtime::tool;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> impl std::fmt::Display {
    a + b
}

fn main() {}
