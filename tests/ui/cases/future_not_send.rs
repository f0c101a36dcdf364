use std::rc::Rc;

use mcp_runtime::tool;

/// Add one.
#[tool]
async fn increment(a: i64) -> i64 {
    let one = Rc::new(1);
    std::future::ready(()).await;
    a + *one
}

fn main() {}
