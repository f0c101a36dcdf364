//! A scripted server at the other end of a pipe.

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, Stream};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

/// A server whose messages are written by a test.
pub(crate) struct Peer {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
}

impl Peer {
    /// Creates a server and the builder of its client.
    pub(crate) fn new() -> (Self, ClientBuilder<Stream>) {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(far);
        let (reader, writer) = tokio::io::split(near);
        (Self { input: BufReader::new(input), output }, Client::over(reader, writer))
    }

    /// Creates a server of the modern era and a client that is connected to it.
    pub(crate) async fn modern(
        configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    ) -> (Self, Client) {
        let (mut peer, builder) = Self::new();
        let builder = configure(builder.era(Era::Modern));
        let (client, ()) = tokio::join!(builder.connect(), peer.answer_discover());
        (peer, client.unwrap())
    }

    /// Creates a server of the legacy era and a client with a session.
    pub(crate) async fn legacy(
        configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    ) -> (Self, Client) {
        let (mut peer, builder) = Self::new();
        let builder = configure(builder.era(Era::Legacy));
        let (client, _) = tokio::join!(builder.connect(), peer.answer_initialize("2025-11-25"));
        (peer, client.unwrap())
    }

    /// Receives the next message of the client.
    pub(crate) async fn receive(&mut self) -> Value {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap();
        assert!(!line.is_empty(), "the client has closed");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// Receives the next message of the client and checks its method.
    pub(crate) async fn expect(&mut self, method: &str) -> Value {
        let message = self.receive().await;
        assert_eq!(message["method"], method, "{message}");
        message
    }

    /// Returns `true` if the client has closed its end.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap() == 0
    }

    pub(crate) async fn send_line(&mut self, line: &str) {
        // The client may have closed its end by now.
        let _ = self.output.write_all(format!("{line}\n").as_bytes()).await;
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.output.write_all(bytes).await.unwrap();
        self.output.flush().await.unwrap();
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_line(&message.to_string()).await;
    }

    pub(crate) async fn answer(&mut self, request: &Value, result: Value) {
        self.send(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })).await;
    }

    pub(crate) async fn refuse(&mut self, request: &Value, code: i64, data: Value) {
        let error = json!({ "code": code, "message": "refused", "data": data });
        self.send(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error })).await;
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Asks the user by a request of the server.
    pub(crate) async fn elicit(&mut self, id: impl Into<Value>, form: Value) {
        let id: Value = id.into();
        let method = "elicitation/create";
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": form })).await;
    }

    pub(crate) async fn answer_discover(&mut self) {
        let asked = self.expect("server/discover").await;
        self.answer(&asked, discovered()).await;
    }

    pub(crate) async fn answer_initialize(&mut self, revision: &str) -> Value {
        let asked = self.expect("initialize").await;
        self.answer(&asked, initialized(revision)).await;
        self.expect("notifications/initialized").await;
        asked
    }
}

pub(crate) fn discovered() -> Value {
    json!({
        "resultType": "complete",
        "supportedVersions": ["2026-07-28"],
        "capabilities": { "tools": {}, "prompts": {}, "resources": {}, "completions": {}, "logging": {} },
        "instructions": "Be kind.",
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "scripted", "version": "1" } },
    })
}

pub(crate) fn initialized(revision: &str) -> Value {
    json!({
        "protocolVersion": revision,
        "capabilities": { "tools": {}, "prompts": {}, "resources": {}, "completions": {}, "logging": {} },
        "serverInfo": { "name": "scripted", "version": "1" },
    })
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "resultType": "complete", "content": [{ "type": "text", "text": text }] })
}

/// Returns the text of a result or the message of its error.
pub(crate) fn text_of(outcome: Result<mcp_runtime::protocol::CallToolResult, Error>) -> String {
    match outcome {
        Ok(result) => result.content[0].as_text().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    }
}
