//! `add` and `echo` with the library of this repository, on its default features.

use mcp_runtime::prelude::*;

/// Add two integers.
#[tool(read_only)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Return a text.
#[tool(read_only)]
async fn echo(text: String) -> String {
    text
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Server::new("bench", "1.0.0").with::<(add, echo)>().run().await?;
    Ok(())
}
