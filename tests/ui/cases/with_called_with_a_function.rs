use mcp_runtime::{Server, tool};

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {
    drop(Server::new("demo", "1.0").with(add));
}
