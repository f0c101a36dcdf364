//! Kinds of failures, their timing, and the expected errors.

use std::time::Duration;

use mcp_runtime::client::{Client, ClientBuilder, Era, Error};
use mcp_runtime::protocol::ElicitResult;
use mcp_tests::process::TEST_TIMEOUT;
use serde_json::{Value, json};

/// Behaviour of a failing server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// Closes the connection within the response.
    Cut,
    /// Sends something that is not a message.
    Garbage,
    /// Sends a response with an unknown id.
    WrongId,
    /// Sends the response twice; the first one counts.
    Twice,
    /// Sends nothing.
    Never,
    /// Asks the user, who does not answer, and closes the connection.
    Asks,
    /// Does not respond to messages that need no response.
    Unresponsive,
}

/// Stage of the connection at which the server fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Opening,
    Listing,
    Calling,
}

impl Stage {
    pub(crate) const ALL: [Self; 3] = [Self::Opening, Self::Listing, Self::Calling];

    /// The stage of a request by its method; `None` for notifications.
    pub(crate) fn of(method: &str) -> Option<Self> {
        match method {
            "server/discover" | "initialize" => Some(Self::Opening),
            "tools/list" => Some(Self::Listing),
            "tools/call" => Some(Self::Calling),
            _ => None,
        }
    }
}

/// The result of a request of a correct server.
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

/// The response to a request.
pub(crate) fn answer(id: &Value, method: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result(method) })
}

/// A question of a server in a session.
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

/// An id that differs from that of the request.
pub(crate) fn wrong(id: &Value, number: usize) -> Value {
    match number % 3 {
        0 => json!(id.as_i64().unwrap_or_default() + 1000),
        // The same id as text would be accepted.
        1 => json!(format!("x{id}")),
        _ => json!(-1),
    }
}

/// Odd and even rounds use different eras.
pub(crate) fn era(number: usize) -> Era {
    if number.is_multiple_of(2) { Era::Auto } else { Era::Legacy }
}

/// A client with a short timeout.
pub(crate) fn with_short_timeouts<T>(
    builder: ClientBuilder<T>,
    limit: Duration,
) -> ClientBuilder<T> {
    builder.probe_timeout(limit).handshake_timeout(limit).idle_timeout(limit)
}

/// Connects, lists and calls. Some clients are closed afterwards, others only dropped.
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
    tokio::time::timeout(10 * TEST_TIMEOUT, all).await.expect("the client waits for ever")
}

/// Returns `true` if an error is one line that contains `words`.
pub(crate) fn has_words(error: &Error, words: &str) -> bool {
    let text = error.to_string();
    !text.contains('\n') && text.contains(words)
}
