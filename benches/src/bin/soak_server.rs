//! The server of the soak: tools that answer at once, slowly, with a failure, with a panic, after a question,
//! never, and as a task.

use std::future::pending;
use std::time::Duration;

use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Return a text.
#[tool]
async fn echo(text: String) -> String {
    text
}

/// Return a number after some time.
#[tool]
async fn slow(number: u64, milliseconds: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    number
}

/// Report progress.
#[tool]
async fn report(cx: &Context, number: u64) -> u64 {
    for step in 1..=3 {
        cx.progress(f64::from(step), 3.0, "working");
        tokio::task::yield_now().await;
    }
    number
}

/// Fail.
#[tool]
async fn fail(number: u64) -> Result<u64, ToolError> {
    Err(ToolError::new(format!("number {number} fails")))
}

/// Panic, at the first poll or later.
#[tool]
async fn panics(number: u64) -> u64 {
    if number.is_multiple_of(2) {
        tokio::task::yield_now().await;
    }
    panic!("a secret of number {number}")
}

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Ask for a name.
#[tool]
async fn ask(cx: &Context, number: u64) -> Result<String, AskError> {
    Ok(match cx.elicit::<Name>(format!("The name of number {number}?")).await? {
        Elicited::Accepted(Name { name }) => format!("Hello, {name}"),
        _ => "declined".to_owned(),
    })
}

/// Wait forever.
#[tool]
async fn wait() {
    pending().await
}

/// Wait for a cancellation.
#[tool]
async fn cooperate(cx: &Context) {
    cx.cancelled().await;
}

/// Return a number, as a task.
#[tool(task, ttl = "5s", poll_interval = "1ms")]
async fn work(cx: &Context, number: u64) -> u64 {
    cx.once("step", async || number).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The panics are intended.
    std::panic::set_hook(Box::new(|_| {}));
    Server::new("soak", "1.0.0")
        .with::<(add, echo, slow, report, fail, panics, ask, wait, cooperate, work)>()
        .run()
        .await?;
    Ok(())
}
