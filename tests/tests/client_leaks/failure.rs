//! What goes wrong and when, and what has to come of it.

use std::time::Duration;

use mcp_runtime::client::{Client, ClientBuilder, Era, Error};
use mcp_runtime::protocol::ElicitResult;
use mcp_tests::process::PATIENCE;
use serde_json::{Value, json};

/// What a server does instead of answering.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// It breaks off at a byte of the answer.
    Cut,
    /// It says what is no message.
    Garbage,
    /// It answers what nobody asked.
    WrongId,
    /// It answers two times, of which the first counts.
    Twice,
    /// It says nothing.
    Never,
    /// It asks the user, who does not answer, and breaks off.
    Asks,
    /// It has no answer to what needs none.
    Deaf,
}

/// When it does so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Opening,
    Listing,
    Calling,
}

impl Stage {
    pub(crate) const ALL: [Self; 3] = [Self::Opening, Self::Listing, Self::Calling];

    /// The stage of a request by its method; none for notifications.
    pub(crate) fn of(method: &str) -> Option<Self> {
        match method {
            "server/discover" | "initialize" => Some(Self::Opening),
            "tools/list" => Some(Self::Listing),
            "tools/call" => Some(Self::Calling),
            _ => None,
        }
    }
}

/// The result of a request, as a server gives it that does not fail.
pub(crate) fn result(method: &str) -> Value {
    let info = json!({ "name": "scripted", "version": "1" });
    match method {
        "server/discover" => json!({
            "resultType": "complete",
            "supportedVersions": ["2026-07-28"],
            "capabilities": { "tools": {} },
            "ttlMs": 0,
            "cacheScope": "private",
            "_meta": { "io.modelcontextprotocol/serverInfo": info },
        }),
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {} },
            "serverInfo": info,
        }),
        "tools/list" => json!({
            "resultType": "complete",
            "tools": [{ "name": "t", "inputSchema": { "type": "object" } }],
            "ttlMs": 0,
            "cacheScope": "private",
        }),
        _ => json!({
            "resultType": "complete",
            "content": [{ "type": "text", "text": "done" }],
        }),
    }
}

/// The answer to a request.
pub(crate) fn answer(id: &Value, method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result(method) })
}

/// What a server asks in a session.
pub(crate) fn question() -> Value {
    let params = json!({
        "mode": "form",
        "message": "Who are you?",
        "requestedSchema": { "type": "object", "properties": {} },
    });
    json!({ "jsonrpc": "2.0", "id": "q", "method": "elicitation/create", "params": params })
}

/// A client whose user does not answer.
pub(crate) fn silent<T>(builder: ClientBuilder<T>) -> ClientBuilder<T> {
    builder.on_form(|_| std::future::pending::<ElicitResult>())
}

/// An id that is not the one of the request.
pub(crate) fn wrong(id: &Value, number: usize) -> Value {
    match number % 3 {
        0 => json!(id.as_i64().unwrap_or_default() + 1000),
        1 => json!(id.to_string()),
        _ => json!(-1),
    }
}

/// Every other round speaks the modern era.
pub(crate) fn era(number: usize) -> Era {
    if number.is_multiple_of(2) { Era::Auto } else { Era::Legacy }
}

/// A client that soon has enough of a server that says nothing.
pub(crate) fn impatient<T>(builder: ClientBuilder<T>, patience: Duration) -> ClientBuilder<T> {
    builder.probe_timeout(patience).handshake_timeout(patience).timeout(patience)
}

/// Opens, lists and calls. Some clients are closed then, others only dropped.
pub(crate) async fn drive(
    connecting: impl Future<Output = Result<Client, Error>>,
    closes: bool,
) -> Result<(), Error> {
    let all = async {
        let client = connecting.await?;
        let asked = async {
            client.tools().all().await?;
            client.call("t", ()).await.map(drop)
        };
        let outcome = asked.await;
        if closes {
            client.close().await;
        }
        outcome
    };
    tokio::time::timeout(10 * PATIENCE, all).await.expect("the client waits for ever")
}

/// Whether an error says in one line, and with these words, what happened.
pub(crate) fn says(error: &Error, words: &str) -> bool {
    let text = error.to_string();
    !text.contains('\n') && text.contains(words)
}
