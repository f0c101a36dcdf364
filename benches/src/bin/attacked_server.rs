//! A server with functions that do not return, large results and many resources. The tool `running`
//! counts the calls of `wait`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::prelude::*;

/// Number of calls of `wait` that run.
#[derive(Clone, Default)]
struct Running(Arc<AtomicUsize>);

/// A call of `wait`. Dropping it takes it off the number.
struct Call(Running);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wait for ever.
#[tool]
async fn wait(calls: &State<Running>) -> String {
    calls.0.fetch_add(1, Ordering::Relaxed);
    let _call = Call(Running::clone(calls));
    std::future::pending().await
}

/// Count the calls of `wait`.
#[tool(read_only)]
async fn running(calls: &State<Running>) -> usize {
    calls.0.load(Ordering::Relaxed)
}

/// Block the thread for ever.
#[tool]
async fn block() -> String {
    loop {
        std::thread::park();
    }
}

/// Return a text of 3.9 MB.
#[tool(read_only)]
async fn large() -> CallToolResult {
    CallToolResult::text("x".repeat(3_900_000))
}

/// Read a note.
#[resource("note://{name}")]
async fn note(name: String) -> String {
    name
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::new("attacked", "1.0.0").with::<(wait, running, block, large, note)>();
    server.state(Running::default()).run().await?;
    Ok(())
}
