//! What extensions add to HTTP: statuses, streams and notifications.

use std::sync::Arc;

use mcp_runtime::ProtocolError;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::client::{Draft, LEGACY, MODERN, modern_message, open, soon};

#[derive(Deserialize)]
struct Undo {
    steps: u8,
}

async fn undo(cx: Context, undo: Undo) -> Result<Value, ProtocolError> {
    cx.progress(1.0, 1.0, "");
    Ok(json!({ "left": 9 - undo.steps }))
}

fn service() -> (McpService, UnboundedReceiver<u8>) {
    let (sender, heard) = unbounded_channel();
    let sender: Arc<UnboundedSender<u8>> = Arc::new(sender);
    let server = Server::new("extended", "1")
        .method("undo/steps", undo)
        .method("undo/require", async |cx: Context, (): ()| {
            cx.client().require_extension("com.example/undo").cloned()
        })
        .notification("notifications/undo/steps", move |_: Context, undo: Undo| {
            let sender = Arc::clone(&sender);
            async move { sender.send(undo.steps).unwrap() }
        });
    (server.into_service().unwrap(), heard)
}

#[tokio::test]
async fn progress_makes_a_stream_of_the_answer() {
    let draft = Draft::modern("undo/steps", json!({ "steps": 2 }));
    let events = draft.send(&service().0).await.events();
    assert_eq!(events[0]["method"], "notifications/progress");
    assert_eq!((events.len(), &events[1]["result"]["left"]), (2, &json!(7)));
}

#[tokio::test]
async fn refusals_have_the_status_of_their_kind() {
    let (service, _) = service();
    for (method, params, expected) in [
        ("undo/steps", json!({}), (200, -32602)),
        ("undo/require", json!({}), (400, -32021)),
        ("undo/unknown", json!({}), (404, -32601)),
    ] {
        let answer = Draft::modern(method, params).send(&service).await;
        assert_eq!((answer.status.as_u16(), answer.code()), expected, "{method}");
    }
}

#[tokio::test]
async fn notifications_are_taken_in_both_eras() {
    let (service, mut heard) = service();
    let notification = |params: Value| json!({ "jsonrpc": "2.0", "method": "notifications/undo/steps", "params": params });
    let mut message = modern_message("", json!({ "steps": 1 }));
    message = notification(message["params"].take());
    let draft = Draft::post(message).with("mcp-protocol-version", MODERN);
    assert_eq!(draft.send(&service).await.status, 202);
    assert_eq!(soon(heard.recv()).await, Some(1));

    let session = open(&service, LEGACY).await;
    for params in [json!({ "steps": 2 }), json!({ "steps": "no" }), json!({ "steps": 3 })] {
        let draft = Draft::post(notification(params)).with("mcp-session-id", &session);
        assert_eq!(draft.send(&service).await.status, 202);
    }
    assert_eq!(soon(heard.recv()).await, Some(2));
    assert_eq!(soon(heard.recv()).await, Some(3));
}
