//! A server as WebAssembly. This is its content; `worker.rs` answers the requests of a Worker, and `main.rs`
//! is a component that serves its standard input.

#[cfg(all(target_family = "wasm", target_os = "unknown"))]
mod worker;

use std::time::Duration;

use mcp_runtime::prelude::*;

/// Add two integers.
#[tool(read_only)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// A name to greet.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Greet the user by name.
#[tool]
async fn greet(cx: Context) -> Result<String, ToolError> {
    let name = cx.elicit::<Name>("What is your name?").await?.accepted();
    Ok(format!("Hello, {}!", name.map_or_else(|| "stranger".to_owned(), |name| name.name)))
}

/// Wait until the server gives up.
#[tool]
async fn hang() {
    std::future::pending().await
}

/// The server.
pub fn server() -> Server {
    Server::new("wasm", "1.0.0")
        .with::<(add, greet, hang)>()
        .handler_timeout(Duration::from_millis(50))
}
