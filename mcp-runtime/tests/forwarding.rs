//! What handlers trace, sent to their clients.
//!
//! It is a program of its own because its subscriber is the whole program's.

#![allow(missing_docs)]

use std::sync::Once;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use mcp_runtime::prelude::*;
use mcp_runtime::{ForwardEvents, McpService};
use serde_json::{Value, json};
use tower_service::Service as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// Trace something at every level.
#[tool]
async fn chat(count: u32) -> String {
    tracing::debug!("quiet");
    tracing::info!(count, "told");
    tokio::task::yield_now().await;
    tracing::warn!("plain");
    tracing::error!(target: "mcp_runtime::test", "the framework's own");
    "done".into()
}

/// Trace from a task that the handler has started within its span.
#[tool]
async fn delegate() -> String {
    let span = tracing::Span::current();
    let task = tokio::spawn(async move { span.in_scope(|| tracing::error!("from a task")) });
    task.await.map_or_else(|error| error.to_string(), |()| "done".into())
}

/// Panic, of which the framework traces the text.
#[tool]
async fn fail() -> String {
    panic!("a secret")
}

fn service() -> McpService {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(ForwardEvents::new());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
    Server::new("talks", "1").with::<(chat, delegate, fail)>().into_service().unwrap()
}

/// Posts a message and returns what comes back: one answer, or the messages of a stream.
async fn post(
    service: &McpService,
    message: Value,
    headers: &[(&str, &str)],
) -> (String, Vec<Value>) {
    let mut request = Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::new(Bytes::from(message.to_string()))).unwrap();
    let response = service.clone().call(request).await.unwrap();
    let session = response.headers().get("mcp-session-id");
    let session = session.map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = std::str::from_utf8(&body).unwrap();
    let json = |text: &str| serde_json::from_str(text).ok();
    let messages =
        body.lines().filter_map(|line| json(line.strip_prefix("data: ").unwrap_or(line)));
    (session, messages.collect())
}

/// Calls a tool in the modern era.
async fn call(tool: &str, arguments: Value, level: Option<&str>) -> Vec<Value> {
    let mut meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    if let Some(level) = level {
        meta["io.modelcontextprotocol/logLevel"] = json!(level);
    }
    let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let headers =
        [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", tool)];
    post(&service(), message, &headers).await.1
}

#[tokio::test]
async fn a_modern_client_says_which_it_wants() {
    let counts = [(None, 1), (Some("debug"), 4), (Some("warning"), 2), (Some("alert"), 1)];
    for (level, expected) in counts {
        let messages = call("chat", json!({ "count": 3 }), level).await;
        assert_eq!(messages.len(), expected, "{level:?}: {messages:?}");
    }
    let messages = call("chat", json!({ "count": 3 }), Some("info")).await;
    let expected = json!({
        "level": "info",
        "logger": "forwarding",
        "data": { "message": "told", "count": 3 },
    });
    assert_eq!(messages[0]["params"], expected);
    assert_eq!(messages[1]["params"]["data"], "plain");
}

#[tokio::test]
async fn a_legacy_session_hears_what_it_has_not_turned_off() {
    let service = service();
    let open = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    } });
    let (session, _) = post(&service, open, &[]).await;
    let params = json!({ "name": "chat", "arguments": { "count": 3 } });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let (_, messages) = post(&service, message, &[("mcp-session-id", &session)]).await;
    let levels: Vec<_> = messages.iter().map(|message| &message["params"]["level"]).collect();
    assert_eq!(levels, [&json!("info"), &json!("warning"), &Value::Null]);
}

#[tokio::test]
async fn a_task_of_the_handler_counts_as_the_handler() {
    let messages = call("delegate", json!({}), Some("debug")).await;
    assert_eq!(messages[0]["params"]["data"], "from a task");
}

#[tokio::test]
async fn what_the_framework_traces_is_not_sent() {
    let messages = call("fail", json!({}), Some("debug")).await;
    assert_eq!(messages.len(), 1);
    assert!(!messages[0].to_string().contains("secret"), "{messages:?}");
}
