//! What one principal keeps on a server, and others may not find.
//!
//! Each request of another principal is answered like one that names what does not exist. The server is called
//! directly, and below a prefix in a router.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use http::request::Builder;
use http_body_util::BodyExt as _;
use mcp_runtime::authorization::{AccessToken, Auth, TokenError, TokenVerifier};
use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::prelude::*;
use mcp_runtime::{Elicit, Principal, ServerHandle};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_service::Service as _;

use crate::site::RESOURCE;

const PREFIX: &str = "/tenants/one/mcp";
pub(crate) const ANN: &str = "ann.a.app";
/// Principals that differ from Ann in one part.
pub(crate) const OTHERS: [&str; 3] = ["bob.a.app", "ann.b.app", "ann.a.other"];
/// Seconds for which a token with the scope `short` is valid.
pub(crate) const SHORT: u64 = 600;

/// Tokens that contain their principal: `subject.issuer.client`, and scopes with a dot before each.
struct Plain;

impl TokenVerifier for Plain {
    async fn verify(&self, token: AccessToken<'_>, _: &str) -> Result<Principal, TokenError> {
        let mut parts = token.as_str().split('.');
        let mut part = || parts.next().ok_or_else(|| TokenError::invalid("it has too few parts"));
        let principal = Principal::new(part()?).issued_by(part()?).of_client(part()?);
        let scopes: Vec<&str> = parts.collect();
        if scopes.contains(&"ended") {
            return Err(TokenError::invalid("it has expired"));
        }
        let end = SystemTime::now() + Duration::from_secs(SHORT);
        let principal = match scopes.contains(&"short") {
            true => principal.expiring_at(end),
            false => principal,
        };
        Ok(principal.scoped(scopes))
    }
}

/// Signals between a test and the handlers of `park`.
#[derive(Default)]
pub(crate) struct Signals {
    pub(crate) parked: Notify,
    pub(crate) go: Notify,
}

/// Wait, and name the caller.
#[tool]
async fn park(caller: Principal, signals: &State<Arc<Signals>>) -> String {
    signals.parked.notify_one();
    signals.go.notified().await;
    caller.subject().unwrap_or_default().to_owned()
}

#[derive(Elicit)]
struct Name {
    /// A name
    name: String,
}

/// Greet by name.
#[tool]
async fn greet(cx: &Context) -> Result<String, AskError> {
    match cx.elicit::<Name>("Who are you?").await? {
        Elicited::Accepted(Name { name }) => Ok(format!("Hello, {name}")),
        _ => Ok("Hello".into()),
    }
}

/// Notes of everyone.
#[resource("notes://{name}")]
async fn notes(name: String) -> String {
    name
}

/// Notes of few.
#[resource("secret://{name}", scopes("secrets"))]
async fn secrets(name: String) -> String {
    name
}

/// Notes that others do not see.
#[resource("hidden://{name}")]
async fn hidden(name: String) -> String {
    name
}

pub(crate) struct Site {
    router: Router,
    path: &'static str,
    pub(crate) signals: Arc<Signals>,
    pub(crate) handle: ServerHandle,
}

/// The server, called directly and below a prefix.
pub(crate) fn sites() -> [Site; 2] {
    ["/mcp", PREFIX].map(|path| {
        let auth = Auth::verifier(Plain)
            .audience(RESOURCE)
            .authorization_servers(["https://login.example.com"]);
        let signals = Arc::<Signals>::default();
        let mut server = Server::new("site", "1.0.0")
            .with::<(park, greet, notes, secrets, hidden)>()
            .visible(|component, caller| {
                !component.key().starts_with("hidden") || caller.principal().has_scope("secrets")
            })
            .state(Arc::clone(&signals))
            .require_auth(auth);
        let handle = server.handle();
        let service = server.into_service().unwrap();
        let router = match path {
            PREFIX => Router::new().nest_service(PREFIX, service),
            _ => Router::new().fallback_service(service),
        };
        Site { router, path, signals, handle }
    })
}

pub(crate) type Answer = (u16, String);

impl Site {
    pub(crate) fn request(&self, method: &str, token: &str) -> Builder {
        http::Request::builder()
            .method(method)
            .uri(self.path)
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("authorization", format!("Bearer {token}"))
    }

    fn modern(&self, token: &str, method: &str) -> Builder {
        self.request("POST", token)
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", method)
    }

    pub(crate) async fn begin(&self, request: Builder, body: &Value) -> http::Response<Body> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.router.clone().call(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Builder, body: &Value) -> Answer {
        answer_of(self.begin(request, body).await).await
    }

    /// Opens a session.
    pub(crate) async fn open(&self, token: &str) -> String {
        let initialize = message(
            0,
            "initialize",
            json!({
                "protocolVersion": "2025-11-25",
                "capabilities": { "elicitation": {} },
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        let response = self.begin(self.request("POST", token), &initialize).await;
        assert_eq!(response.status(), 200);
        response.headers()["mcp-session-id"].to_str().unwrap().to_owned()
    }

    /// Sends a request from a task of its own.
    pub(crate) fn router_call(
        &self,
        request: Builder,
        body: &Value,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let request = request.body(Body::from(body.to_string())).unwrap();
        let mut router = self.router.clone();
        async move { answer_of(router.call(request).await.unwrap()).await }
    }

    /// Calls a tool in the modern era, from a task of its own.
    pub(crate) fn modern_call(
        &self,
        token: &str,
        tool: &str,
    ) -> impl Future<Output = Answer> + Send + use<> {
        let params = json!({ "name": tool, "arguments": {}, "_meta": modern_meta() });
        let request = self.modern(token, "tools/call").header("mcp-name", tool);
        self.router_call(request, &message(1, "tools/call", params))
    }

    pub(crate) async fn in_session(&self, token: &str, session: &str, body: &Value) -> Answer {
        let request = self.request("POST", token).header("mcp-session-id", session);
        self.send(request, body).await
    }

    /// Calls a tool in the modern era.
    pub(crate) async fn call(&self, token: &str, tool: &str, further: Value) -> Answer {
        let mut params = json!({ "name": tool, "arguments": {}, "_meta": modern_meta() });
        params.as_object_mut().unwrap().extend(further.as_object().unwrap().clone());
        let request = self.modern(token, "tools/call").header("mcp-name", tool);
        self.send(request, &message(1, "tools/call", params)).await
    }

    /// Begins a stream of changes in the modern era, and takes the acknowledgement.
    pub(crate) async fn listen(&self, token: &str, uris: &[&str]) -> (Events, Value) {
        let filter = json!({ "resourceSubscriptions": uris, "toolsListChanged": true });
        let params = json!({ "notifications": filter, "_meta": modern_meta() });
        let request = self.modern(token, "subscriptions/listen");
        let response = self.begin(request, &message(1, "subscriptions/listen", params)).await;
        let mut events = Events::of(response);
        let acknowledged = events.next().await;
        (events, acknowledged["params"]["notifications"].clone())
    }
}

async fn answer_of(response: http::Response<Body>) -> Answer {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

pub(crate) fn message(id: i64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn modern_meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    })
}

/// The messages of a stream.
pub(crate) struct Events {
    body: Body,
    received: VecDeque<Value>,
}

impl Events {
    pub(crate) fn of(response: http::Response<Body>) -> Self {
        assert_eq!(response.status(), 200);
        Self { body: response.into_body(), received: VecDeque::new() }
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            if let Some(message) = self.received.pop_front() {
                return message;
            }
            let waiting = tokio::time::timeout(Duration::from_secs(3 * SHORT), self.body.frame());
            let frame = waiting.await.expect("a message in time").expect("a message").unwrap();
            let text = String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap();
            let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
            let messages = data.filter(|data| !data.is_empty());
            self.received.extend(messages.map(|data| serde_json::from_str::<Value>(data).unwrap()));
        }
    }

    /// The URI of the next resource that has changed.
    pub(crate) async fn updated(&mut self) -> String {
        loop {
            let event = self.next().await;
            if event["method"] == "notifications/resources/updated" {
                return event["params"]["uri"].as_str().unwrap().to_owned();
            }
        }
    }

    /// Waits until the stream ends.
    pub(crate) async fn end(self) {
        self.body.collect().await.unwrap();
    }
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    let text = answer.1.lines().find_map(|line| line.strip_prefix("data: {"));
    let text = text.map_or_else(|| answer.1.clone(), |text| format!("{{{text}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {answer:?}"))
}

pub(crate) fn text_of(answer: &Answer) -> String {
    let answer = json_of(answer);
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}
