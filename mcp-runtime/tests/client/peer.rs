//! The other end of a pipe, which says what a test says.

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, Stream};
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, ReadHalf, WriteHalf,
};

/// A server whose every word is written in a test.
pub(crate) struct Peer {
    input: BufReader<ReadHalf<DuplexStream>>,
    output: WriteHalf<DuplexStream>,
}

impl Peer {
    /// A server, and the beginning of a client of it.
    pub(crate) fn new() -> (Self, ClientBuilder<Stream>) {
        let (near, far) = tokio::io::duplex(1 << 20);
        let (input, output) = tokio::io::split(far);
        let (reader, writer) = tokio::io::split(near);
        (Self { input: BufReader::new(input), output }, Client::over(reader, writer))
    }

    /// A server of the modern era and a client that has found that out.
    pub(crate) async fn modern(
        configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    ) -> (Self, Client) {
        let (mut peer, builder) = Self::new();
        let builder = configure(builder.era(Era::Modern));
        let (client, ()) = tokio::join!(builder.connect(), peer.answer_discover());
        (peer, client.unwrap())
    }

    /// A server of the legacy era and a client that has opened a session with it.
    pub(crate) async fn legacy(
        configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    ) -> (Self, Client) {
        let (mut peer, builder) = Self::new();
        let builder = configure(builder.era(Era::Legacy));
        let (client, _) = tokio::join!(builder.connect(), peer.answer_initialize("2025-11-25"));
        (peer, client.unwrap())
    }

    /// The next message of the client.
    pub(crate) async fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap();
        assert!(!line.is_empty(), "the client has closed");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The next message of the client, which has to be of a method.
    pub(crate) async fn expect(&mut self, method: &str) -> Value {
        let message = self.hear().await;
        assert_eq!(message["method"], method, "{message}");
        message
    }

    /// Whether the client has closed its end.
    pub(crate) async fn is_closed(&mut self) -> bool {
        let mut line = String::new();
        self.input.read_line(&mut line).await.unwrap() == 0
    }

    pub(crate) async fn say_line(&mut self, line: &str) {
        // The client may have closed its end by now.
        let _ = self.output.write_all(format!("{line}\n").as_bytes()).await;
    }

    pub(crate) async fn say_bytes(&mut self, bytes: &[u8]) {
        self.output.write_all(bytes).await.unwrap();
        self.output.flush().await.unwrap();
    }

    pub(crate) async fn say(&mut self, message: Value) {
        self.say_line(&message.to_string()).await;
    }

    pub(crate) async fn answer(&mut self, request: &Value, result: Value) {
        self.say(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })).await;
    }

    pub(crate) async fn refuse(&mut self, request: &Value, code: i64, data: Value) {
        let error = json!({ "code": code, "message": "refused", "data": data });
        self.say(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error })).await;
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.say(json!({ "jsonrpc": "2.0", "method": method, "params": params })).await;
    }

    /// Asks the user by a request of the server's own.
    pub(crate) async fn elicit(&mut self, id: impl Into<Value>, form: Value) {
        let id: Value = id.into();
        let method = "elicitation/create";
        self.say(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": form })).await;
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
        "capabilities": { "tools": {} },
        "instructions": "Be kind.",
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "scripted", "version": "1" } },
    })
}

pub(crate) fn initialized(revision: &str) -> Value {
    json!({
        "protocolVersion": revision,
        "capabilities": { "tools": {} },
        "serverInfo": { "name": "scripted", "version": "1" },
    })
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "resultType": "complete", "content": [{ "type": "text", "text": text }] })
}

/// The text of a result or the words of its error.
pub(crate) fn told(outcome: Result<mcp_runtime::protocol::CallToolResult, Error>) -> String {
    match outcome {
        Ok(result) => result.content[0].as_text().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    }
}
