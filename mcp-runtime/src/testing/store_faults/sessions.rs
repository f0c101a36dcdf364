//! Sessions over HTTP, whose messages are answered or refused, and can be sent again.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower_service::Service as _;

use super::at_each_operation;
use crate::http::McpService;
use crate::prelude::*;
use crate::store::faulty::{Faults, faulty};

/// Add two integers.
#[tool(crate = crate)]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Report progress, which begins a stream.
#[tool(crate = crate)]
async fn report(cx: &Context) -> &'static str {
    cx.progress(1.0, 2.0, "half");
    "reported"
}

/// A client of a service.
struct Client<'a> {
    service: McpService,
    session: Option<String>,
    what: &'a str,
}

/// A response: its status, its session and its body.
struct Response {
    status: StatusCode,
    session: Option<String>,
    body: String,
}

impl Client<'_> {
    async fn send(&mut self, method: &str, body: String) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream");
        if let Some(session) = &self.session {
            request = request.header("mcp-session-id", session);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a request");
        let response = self.service.call(request).await.expect("a response");
        let (head, body) = response.into_parts();
        let session = head.headers.get("mcp-session-id");
        let session = session.and_then(|id| id.to_str().ok()).map(str::to_owned);
        let body = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8(body.to_vec()).expect("text");
        Response { status: head.status, session, body }
    }

    /// Sends a message, and again while the store fails. Returns the first response that is none of that.
    async fn exchange(&mut self, method: &str, message: &Value) -> Response {
        let body = if message.is_null() { String::new() } else { message.to_string() };
        for _ in 0..5 {
            let response = self.send(method, body.clone()).await;
            if !response.status.is_server_error() {
                return response;
            }
            let Response { status, body, .. } = response;
            let error: Value = serde_json::from_str(&body).expect("an error");
            let message = error["error"]["message"].as_str().unwrap_or_default();
            assert_eq!(status, 503, "{}: {body}", self.what);
            assert!(message.contains("cannot be reached now"), "{}: {body}", self.what);
        }
        panic!("{}: `{message}` is refused for ever", self.what);
    }

    async fn request(&mut self, id: u64, method: &str, params: Value) -> Response {
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.exchange("POST", &message).await
    }
}

async fn run(faults: &Faults, what: &str) {
    let server = Server::new("faults", "1.0.0").with::<(add, report)>().store(faulty(faults));
    let service = server.into_service().expect("a service");
    let mut client = Client { service, session: None, what };
    let opening = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "0" },
    });
    let opened = client.request(0, "initialize", opening).await;
    assert_eq!(opened.status, 200, "{what}: {}", opened.body);
    client.session = opened.session;
    assert!(client.session.is_some(), "{what}");
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    assert_eq!(client.exchange("POST", &initialized).await.status, 202, "{what}");
    let call = json!({ "name": "add", "arguments": { "a": 2, "b": 3 } });
    let sum = client.request(1, "tools/call", call.clone()).await;
    assert!(sum.body.contains(r#""text":"5""#), "{what}: {}", sum.body);
    let params = json!({ "name": "report", "_meta": { "progressToken": 1 } });
    let reported = client.request(2, "tools/call", params).await;
    assert!(reported.body.contains(r#""text":"reported""#), "{what}: {}", reported.body);
    let level = client.request(3, "logging/setLevel", json!({ "level": "debug" })).await;
    assert_eq!(level.status, 200, "{what}: {}", level.body);
    let ended = client.exchange("DELETE", &Value::Null).await;
    assert!(ended.status == 204 || ended.status == 404, "{what}: {}", ended.body);
    let after = client.request(4, "tools/call", call).await;
    assert_eq!(after.status, 404, "{what}: {}", after.body);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_answered_or_can_be_sent_again() {
    at_each_operation(run).await;
}
