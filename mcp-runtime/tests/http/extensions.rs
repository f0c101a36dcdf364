//! Methods, notifications and results beyond the protocol.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::prelude::*;
use mcp_runtime::{Cached, ExtendedResult, McpService, ProtocolError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::client::{Answer, Draft, LEGACY, modern_message, open, soon};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Undo {
    steps: u8,
}

#[derive(Serialize)]
struct Undone {
    left: u8,
}

async fn undo(cx: Context, undo: Undo) -> Result<Undone, ProtocolError> {
    cx.progress(1.0, 1.0, "");
    Ok(Undone { left: 9 - undo.steps })
}

/// Give a ticket to clients that know what to do with one.
#[tool]
async fn render(cx: &Context) -> ExtendedResult {
    match cx.client().extension("com.example/tickets") {
        Some(settings) => ExtendedResult::new("ticket", json!({ "for": settings })),
        None => CallToolResult::text("done").into(),
    }
}

fn service() -> (McpService, UnboundedReceiver<u8>) {
    let (sender, heard) = unbounded_channel();
    let sender: Arc<UnboundedSender<u8>> = Arc::new(sender);
    let server = Server::new("extended", "1")
        .with::<render>()
        .extension("com.example/undo", json!({ "depth": 9 }))
        .method("undo/steps", undo)
        .method("undo/nothing", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
        .method("undo/kind", async |_: Context, (): ()| {
            let result = json!({ "resultType": "half", "a": 1, "_meta": { "com.example/b": 2 } });
            Ok::<_, ProtocolError>(result)
        })
        .method("undo/list", async |_: Context, (): ()| Ok::<_, ProtocolError>([1]))
        .method("undo/fail", async |_: Context, (): ()| {
            Err::<(), _>(std::io::Error::other("the disk is full"))
        })
        .method("undo/panic", async |_: Context, (): ()| -> Result<(), ProtocolError> {
            panic!("a secret")
        })
        .method("undo/require", async |cx: Context, (): ()| {
            cx.client().require_extension("com.example/undo").cloned()
        })
        .notification("notifications/undo/steps", move |_: Context, undo: Undo| {
            let sender = Arc::clone(&sender);
            async move { sender.send(undo.steps).unwrap() }
        });
    (server.into_service().unwrap(), heard)
}

async fn ask(method: &str, params: Value) -> Answer {
    Draft::modern(method, params).send(&service().0).await
}

/// A request of a client that supports an extension.
async fn ask_with(id: &str, method: &str, params: Value) -> Answer {
    let mut message = modern_message(method, params);
    let capabilities = json!({ "extensions": { id: { "version": 1 } } });
    message["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
    let name = message["params"]["name"].as_str().unwrap_or_default().to_owned();
    let draft = Draft::post(message)
        .with("mcp-protocol-version", crate::client::MODERN)
        .with("mcp-method", method);
    let draft = if name.is_empty() { draft } else { draft.with("mcp-name", &name) };
    draft.send(&service().0).await
}

#[tokio::test]
async fn an_extension_is_advertised_in_both_eras() {
    let (service, _) = service();
    let expected = json!({ "com.example/undo": { "depth": 9 } });
    let answer = Draft::modern("server/discover", json!({})).send(&service).await;
    assert_eq!(answer.json()["result"]["capabilities"]["extensions"], expected);
    let answer = Draft::post(crate::client::initialize(LEGACY)).send(&service).await;
    assert_eq!(answer.json()["result"]["capabilities"]["extensions"], expected);
}

#[tokio::test]
async fn a_method_has_typed_parameters_and_results() {
    let answer = ask("undo/steps", json!({ "steps": 2 })).await;
    let events = answer.events();
    assert_eq!(events[0]["method"], "notifications/progress");
    assert_eq!(events[1]["result"]["left"], 7);
    assert_eq!(events[1]["result"]["resultType"], "complete");

    let (service, _) = service();
    let session = open(&service, LEGACY).await;
    let draft = Draft::in_session(&session, 1, "undo/steps", json!({ "steps": 2 }));
    assert_eq!(draft.send(&service).await.json()["result"], json!({ "left": 7 }));
}

#[tokio::test]
async fn parameters_that_do_not_fit_are_refused() {
    let check = async |params: Value, expected: &str| {
        let answer = ask("undo/steps", params).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (200, -32602));
        assert_eq!(answer.json()["error"]["message"], expected);
    };
    check(
        json!({ "steps": "x" }),
        "undo/steps: `steps`: expected an integer from 0 to 255, got \"x\"",
    )
    .await;
    check(json!({}), "undo/steps: `params`: missing field `steps`").await;
}

#[tokio::test]
async fn results_are_objects_and_may_be_of_another_kind() {
    let answer = ask("undo/nothing", json!({})).await.json();
    assert_eq!(answer["result"]["resultType"], "complete");
    let answer = ask("undo/kind", json!({})).await.json();
    assert_eq!(
        (&answer["result"]["resultType"], &answer["result"]["a"]),
        (&json!("half"), &json!(1))
    );
    assert_eq!(answer["result"]["_meta"]["com.example/b"], 2);
    assert_eq!(answer["result"]["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "extended");
    assert_eq!(ask("undo/list", json!({})).await.code(), -32603);
}

#[tokio::test]
async fn results_may_be_kept_where_the_revision_says_so() {
    let server = || {
        Server::new("cached", "1").method("x/kept", async |_: Context, (): ()| {
            let kept = Cached::new(json!({ "a": 1 }), Duration::from_secs(5)).shared();
            Ok::<_, ProtocolError>(kept)
        })
    };
    let check = async |server: Server, scope: &str| {
        let service = server.into_service().unwrap();
        let answer = Draft::modern("x/kept", json!({})).send(&service).await.json();
        let result = &answer["result"];
        let kept = [&result["a"], &result["ttlMs"], &result["cacheScope"]];
        assert_eq!(kept, [&json!(1), &json!(5000), &json!(scope)], "{result}");
        let session = open(&service, LEGACY).await;
        let draft = Draft::in_session(&session, 1, "x/kept", json!({}));
        assert_eq!(draft.send(&service).await.json()["result"], json!({ "a": 1 }));
    };
    check(server(), "public").await;
    // Where callers see different things, nothing is the same for all.
    check(server().visible(|_, _| true), "private").await;
}

#[tokio::test]
async fn failures_are_errors_of_the_protocol() {
    let answer = ask("undo/fail", json!({})).await;
    assert_eq!(answer.json()["error"], json!({ "code": -32603, "message": "the disk is full" }));
    let answer = ask("undo/panic", json!({})).await;
    assert_eq!(answer.code(), -32603);
    assert!(!answer.body.contains("secret"));
    let answer = ask("undo/unknown", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (404, -32601));
}

#[tokio::test]
async fn a_client_is_asked_what_it_supports() {
    let answer = ask("undo/require", json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, -32021));
    assert_eq!(
        answer.json()["error"]["data"],
        json!({ "requiredCapabilities": { "extensions": { "com.example/undo": {} } } })
    );
    let answer = ask_with("com.example/undo", "undo/require", json!({})).await;
    assert_eq!(answer.json()["result"]["version"], 1);
}

#[tokio::test]
async fn a_tool_may_answer_with_a_result_of_an_extension() {
    let call = || json!({ "name": "render", "arguments": {} });
    let answer = ask("tools/call", call()).await;
    assert_eq!(answer.text_result(), "done");
    let answer = ask_with("com.example/tickets", "tools/call", call()).await.json();
    assert_eq!(answer["result"]["resultType"], "ticket");
    assert_eq!(answer["result"]["for"]["version"], 1);
}

#[tokio::test]
async fn notifications_are_handled_in_both_eras() {
    let (service, mut heard) = service();
    let notification = |params: Value| json!({ "jsonrpc": "2.0", "method": "notifications/undo/steps", "params": params });
    let mut message = modern_message("", json!({ "steps": 1 }));
    message = notification(message["params"].take());
    let draft = Draft::post(message).with("mcp-protocol-version", crate::client::MODERN);
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
