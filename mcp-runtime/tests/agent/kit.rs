//! Servers and checks of the tests.

use mcp_runtime::agent::{Agent, End, Outcome, Transcript};
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::model::Script;

/// Add two integers.
#[tool(read_only)]
pub(crate) async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Delete a note.
#[tool]
pub(crate) async fn delete(note: u32) -> String {
    format!("deleted {note}")
}

/// Fail.
#[tool(read_only)]
pub(crate) async fn fail(reason: String) -> Result<String, ToolError> {
    Err(ToolError::new(reason))
}

/// A server with tools that add, delete and fail.
pub(crate) fn server() -> Server {
    Server::new("kit", "1.0.0").with::<add>().with::<delete>().with::<fail>()
}

/// A client of a server.
pub(crate) async fn client(server: Server) -> Client {
    Client::in_memory(server).connect().await.unwrap()
}

/// An agent with all calls allowed.
pub(crate) fn free(model: &Script) -> Agent {
    Agent::new(model.clone()).approve_all()
}

/// Writes a transcript and reads it again.
pub(crate) fn stored(transcript: &Transcript) -> Transcript {
    let text = serde_json::to_string(transcript).unwrap();
    let read = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    read
}

pub(crate) fn is_finished(outcome: &Outcome) -> bool {
    matches!(outcome.end, End::Finished)
}

/// The call of `add` with two numbers.
pub(crate) fn adding(a: i64, b: i64) -> (&'static str, Value) {
    ("add", json!({ "a": a, "b": b }))
}

/// The call of `delete`.
pub(crate) fn deleting(note: u32) -> (&'static str, Value) {
    ("delete", json!({ "note": note }))
}
