//! Misbehaving handlers, for tests of the server's reaction.

use std::time::Duration;

use mcp_runtime::prelude::*;

/// Add two integers.
#[tool(read_only)]
async fn add(a: i64, b: i64) -> i64 {
    a.wrapping_add(b)
}

/// Return the text.
#[tool(read_only)]
async fn echo(text: String) -> String {
    text
}

/// Panic with a message that no client may read.
#[tool]
async fn boom() -> String {
    panic!("cannot open /srv/secret-path/key.pem")
}

/// Sleep for some milliseconds.
#[tool]
async fn slow(ms: u64) -> String {
    let guard = DropGuard;
    tokio::time::sleep(Duration::from_millis(ms)).await;
    // Not cancelled, so there is nothing to report.
    std::mem::forget(guard);
    format!("slept {ms} ms")
}

/// Reports on stderr that a handler was dropped before it finished.
struct DropGuard;

impl Drop for DropGuard {
    fn drop(&mut self) {
        eprintln!("HANDLER_DROPPED");
    }
}

/// Fail.
#[tool]
async fn fail() -> Result<String, String> {
    Err("this tool always fails".to_owned())
}

/// Print to stdout, which belongs to the protocol.
#[tool]
#[allow(clippy::print_stdout, reason = "the purpose of the tool")]
async fn noisy() -> String {
    println!("a stray line on stdout");
    "printed".to_owned()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Server::new("torture", env!("CARGO_PKG_VERSION"))
        .with::<(add, echo, boom, slow, fail, noisy)>()
        .run()
        .await?;
    Ok(())
}
