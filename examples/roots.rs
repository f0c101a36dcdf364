//! Reads files in the roots: directories that the client opens to servers.

use std::fs;

use mcp_runtime::prelude::*;

/// List the roots of the client.
#[tool(read_only)]
async fn list_roots(cx: &Context) -> Result<Vec<String>, ToolError> {
    Ok(cx.roots().await?.all().iter().map(|root| root.uri.clone()).collect())
}

/// Count the lines of a text file within the roots.
#[tool(read_only)]
async fn count_lines(
    cx: &Context,
    /// Path of the file, absolute or below a root
    path: String,
) -> Result<usize, ToolError> {
    let path = cx.roots().await?.resolve(path)?;
    Ok(fs::read_to_string(path)?.lines().count())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server =
        Server::new("workspace", env!("CARGO_PKG_VERSION")).with::<(list_roots, count_lines)>();
    Ok(server.run().await?)
}
