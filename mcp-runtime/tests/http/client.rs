//! A client that says exactly what a test wants said.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use mcp_runtime::http::{HttpBody, McpService};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service as _;

pub(crate) const MODERN: &str = "2026-07-28";
pub(crate) const LEGACY: &str = "2025-11-25";

/// A request before it is sent.
#[derive(Clone)]
pub(crate) struct Draft {
    method: &'static str,
    headers: Vec<(String, String)>,
    body: String,
    principal: Option<mcp_runtime::Principal>,
}

impl Draft {
    pub(crate) fn new(method: &'static str) -> Self {
        let headers = vec![("host".to_owned(), "localhost".to_owned())];
        Self { method, headers, body: String::new(), principal: None }
    }

    /// A POST of a body.
    pub(crate) fn post(body: impl ToString) -> Self {
        Self { body: body.to_string(), ..Self::new("POST") }
            .with("content-type", "application/json")
            .with("accept", "application/json, text/event-stream")
    }

    /// A request of the modern era with all the headers it should have.
    pub(crate) fn modern(method: &str, params: Value) -> Self {
        let name = ["name", "uri"].iter().find_map(|key| params[*key].as_str());
        let name = name.map(str::to_owned);
        let draft = Self::post(modern_message(method, params))
            .with("mcp-protocol-version", MODERN)
            .with("mcp-method", method);
        match name {
            Some(name) => draft.with("mcp-name", &name),
            None => draft,
        }
    }

    /// A call of a tool in the modern era.
    pub(crate) fn call(tool: &str, arguments: Value) -> Self {
        Self::modern("tools/call", json!({ "name": tool, "arguments": arguments }))
    }

    /// A request of a legacy session.
    pub(crate) fn in_session(session: &str, id: i64, method: &str, params: Value) -> Self {
        Self::post(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .with("mcp-session-id", session)
    }

    /// Sets a header, or adds it.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.and(name, value)
    }

    /// Adds a header, even if it is there.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts something else in the place of a part of the body.
    pub(crate) fn instead(mut self, part: &str, other: &str) -> Self {
        assert!(self.body.contains(part), "{}", self.body);
        self.body = self.body.replacen(part, other, 1);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn by(mut self, principal: mcp_runtime::Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::builder().method(self.method).uri("/mcp");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(principal) = &self.principal {
            request = request.extension(principal.clone());
        }
        request.body(Full::from(self.body.clone())).unwrap()
    }

    /// The request as bytes.
    pub(crate) fn text(&self) -> String {
        let mut text = format!("{} /mcp HTTP/1.1\r\n", self.method);
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            text.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        text + "\r\n" + &self.body
    }

    /// Sends the request and waits for the head of its response.
    pub(crate) async fn begin(&self, service: &McpService) -> Response<HttpBody> {
        service.clone().call(self.request()).await.unwrap()
    }

    /// Sends the request and waits for its response.
    pub(crate) async fn send(&self, service: &McpService) -> Answer {
        let (parts, body) = self.begin(service).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

pub(crate) fn modern_message(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
        "progressToken": "p",
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

/// A response that is complete.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as one JSON text.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{self:?}");
        assert!(!self.body.contains('\n'), "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The body as events.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.header("content-type"), "text/event-stream", "{self:?}");
        events(&self.body)
    }

    /// The code of the error.
    pub(crate) fn code(&self) -> i64 {
        self.json()["error"]["code"].as_i64().unwrap_or_default()
    }

    pub(crate) fn text_result(&self) -> String {
        self.json()["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
    }
}

/// The messages of events. Comments, and events that only give an id, are left out.
pub(crate) fn events(text: &str) -> Vec<Value> {
    text.split_terminator("\n\n").filter_map(|event| field(event, "data")).map(message).collect()
}

fn message(data: &str) -> Value {
    serde_json::from_str(data).unwrap()
}

/// A field of an event, if it has that and it is not empty.
pub(crate) fn field<'a>(event: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(": ");
    event.lines().find_map(value).filter(|value| !value.is_empty())
}

/// The id of the last of the events.
pub(crate) fn last_id(text: &str) -> String {
    text.split_terminator("\n\n").filter_map(|event| field(event, "id")).last().unwrap().to_owned()
}

/// Reads the next piece of a stream of events.
pub(crate) async fn next(body: &mut HttpBody) -> Option<String> {
    let frame = body.frame().await?.unwrap();
    Some(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

/// Reads the next piece of a stream of events, which has to be one message.
pub(crate) async fn next_event(body: &mut HttpBody) -> Value {
    let mut events = events(&next(body).await.expect("a piece"));
    assert_eq!(events.len(), 1);
    events.remove(0)
}

/// Opens a legacy session.
pub(crate) async fn open(service: &McpService, revision: &str) -> String {
    open_by(service, revision, mcp_runtime::Principal::anonymous()).await
}

pub(crate) async fn open_by(
    service: &McpService,
    revision: &str,
    principal: mcp_runtime::Principal,
) -> String {
    let answer = Draft::post(initialize(revision)).by(principal).send(service).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["result"]["protocolVersion"], revision);
    answer.header("mcp-session-id").to_owned()
}

pub(crate) fn initialize(revision: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    } })
}

/// Sends bytes over a connection.
pub(crate) async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// Reads until a text has come, and returns everything up to its end.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = Vec::new();
    while !text.ends_with(end.as_bytes()) {
        match stream.read_u8().await {
            Ok(byte) => text.push(byte),
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&text)),
        }
    }
    String::from_utf8(text).unwrap()
}

/// Reads until the connection ends.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

/// Reads a response that has a length.
pub(crate) async fn read_response(stream: &mut TcpStream) -> (u16, String) {
    let head = read_until(stream, "\r\n\r\n").await.to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, String::from_utf8(body).unwrap())
}

/// Waits for what has to happen soon. The limit is there for a test that fails.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it should happen soon")
}
