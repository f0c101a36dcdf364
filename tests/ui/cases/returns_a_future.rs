use mcp_runtime::tool;

use std::future::Future;

/// Add two integers.
#[tool]
fn add(a: i64, b: i64) -> impl Future<Output = i64> {
    async move { a + b }
}

fn main() {}
