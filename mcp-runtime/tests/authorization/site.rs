//! The server that the tests talk to.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use mcp_runtime::authorization::{Auth, Jwt, TokenVerifier};
use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_service::Service as _;

use crate::issuer::Issuer;

pub(crate) const RESOURCE: &str = "https://mcp.example.com/mcp";

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// Describe the caller, and the headers that could leak a token.
#[tool]
async fn whoami(cx: &Context) -> String {
    let who = cx.principal();
    let identity = who.identity();
    let headers = cx.headers();
    let leaks = |name: &str| headers.is_some_and(|headers| headers.contains_key(name));
    json!({
        "subject": identity.subject,
        "issuer": identity.issuer,
        "client": identity.client_id,
        "scopes": who.scopes(),
        "expires": who.expires_at().is_some(),
        "email": who.claim::<String>("email"),
        "leaks": leaks("authorization") || leaks("dpop"),
    })
    .to_string()
}

pub(crate) fn server() -> Server {
    Server::new("site", "1.0.0").with::<whoami>()
}

pub(crate) fn service<V: TokenVerifier>(auth: Auth<V>) -> McpService {
    server().require_auth(auth).into_service().unwrap()
}

pub(crate) fn auth(issuer: &Issuer) -> Auth<Jwt> {
    Auth::jwt(&issuer.url).audience(RESOURCE)
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The challenges, joined.
    pub(crate) fn challenge(&self) -> String {
        let values = self.headers.get_all("www-authenticate").iter();
        values.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(" | ")
    }

    /// What the tool `whoami` has returned.
    pub(crate) fn who(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        let text = self.json()["result"]["content"][0]["text"].clone();
        serde_json::from_str(text.as_str().unwrap()).unwrap()
    }
}

/// A call of the tool.
/// A server that listens, by its own name and by that of a proxy in front.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), mcp_runtime::Error>>,
}

impl Listening {
    pub(crate) async fn start(auth: Auth<impl TokenVerifier>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // A proxy passes the public name on.
        let config = HttpConfig::local().public_hosts(["mcp.example.com"]);
        let server = server().http(config).require_auth(auth);
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(server.serve_listener(listener, async {
            let _ = stopped.await;
        }));
        Self { address, stop, served }
    }

    pub(crate) async fn end(self) {
        drop(self.stop);
        self.served.await.unwrap().unwrap();
    }
}

pub(crate) fn call() -> http::request::Builder {
    Request::post("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "whoami")
}

pub(crate) async fn send_body(
    service: &McpService,
    request: http::request::Builder,
    body: &Value,
) -> Answer {
    let request = request.body(Full::<Bytes>::from(body.to_string())).unwrap();
    let response = service.clone().call(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn send(service: &McpService, request: http::request::Builder) -> Answer {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "whoami",
        "arguments": {},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    } });
    send_body(service, request, &body).await
}

/// Calls the tool with a token.
pub(crate) async fn bearer(service: &McpService, token: &str) -> Answer {
    send(service, call().header("authorization", format!("Bearer {token}"))).await
}
