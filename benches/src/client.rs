//! A client of the benchmark over HTTP, with one request at a time.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Result of a client of the benchmark.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// URI of the resource that changes.
pub const URI: &str = "bench://value";

/// Reads a memory figure of a process, in KiB.
///
/// # Errors
/// If there is no such process or figure.
pub fn memory(process: &str, figure: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let digits = line.and_then(|line| line.split_whitespace().next());
    Ok(digits
        .ok_or_else(|| format!("{figure} is missing in the status of the process"))?
        .parse()?)
}

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    /// The connection.
    pub stream: TcpStream,
    host: String,
    /// Bytes of the response so far.
    pub received: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If the server accepts no connection.
    pub async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, host: address.to_owned(), received: Vec::new() })
    }

    async fn send(&mut self, method: &str, headers: &str, body: &str) -> Result<()> {
        let (host, length) = (&self.host, body.len());
        let accept = if method == "GET" { "" } else { "application/json, " };
        let request = format!(
            "{method} /mcp HTTP/1.1\r\nHost: {host}\r\nAccept: {accept}text/event-stream\r\n\
             Content-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        self.received.clear();
        Ok(self.stream.write_all(request.as_bytes()).await?)
    }

    /// Reads until `text` is received.
    async fn read_until(&mut self, text: &str) -> Result<()> {
        while !self.received.windows(text.len()).any(|window| window == text.as_bytes()) {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed a connection".into());
            }
        }
        Ok(())
    }

    /// Reads a response with `Content-Length`.
    async fn answer(&mut self) -> Result<String> {
        self.read_until("\r\n\r\n").await?;
        let text = String::from_utf8_lossy(&self.received).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(Ok(0), str::parse)?;
        let mut rest = vec![0; length.saturating_sub(body.len())];
        self.stream.read_exact(&mut rest).await?;
        self.received.extend_from_slice(&rest);
        let text = String::from_utf8_lossy(&self.received).into_owned();
        if text.starts_with("HTTP/1.1 2") {
            Ok(text)
        } else {
            Err(format!("refused: {text}").into())
        }
    }

    /// Sends a request of the modern era.
    ///
    /// # Errors
    /// If the connection breaks or the server refuses.
    pub async fn modern(&mut self, method: &str, name: &str, arguments: Value) -> Result<String> {
        self.send_modern(
            method,
            name,
            json!({ "name": name, "uri": name, "arguments": arguments }),
        )
        .await?;
        self.answer().await
    }

    async fn send_modern(&mut self, method: &str, name: &str, mut params: Value) -> Result<()> {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let headers = format!(
            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\nMcp-Name: {name}\r\n"
        );
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send("POST", &headers, &body.to_string()).await
    }

    /// Opens a stream of the modern era.
    ///
    /// # Errors
    /// If the connection breaks or the server refuses.
    pub async fn listen(&mut self) -> Result<()> {
        let filter = json!({ "notifications": { "resourceSubscriptions": [URI] } });
        self.send_modern("subscriptions/listen", "", filter).await?;
        self.read_until("subscriptions/acknowledged").await
    }

    /// Opens a session, and returns the header that names it.
    ///
    /// # Errors
    /// If the connection breaks or the server refuses.
    pub async fn open_session(&mut self) -> Result<String> {
        let open = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "subscriber", "version": "1" },
        } });
        self.send("POST", "", &open.to_string()).await?;
        let opened = self.answer().await?;
        let session = opened.lines().find_map(|line| line.strip_prefix("mcp-session-id: "));
        Ok(format!("Mcp-Session-Id: {}\r\n", session.ok_or("no session")?))
    }

    /// Opens a session, subscribes, and opens the stream of the session.
    ///
    /// # Errors
    /// If the connection breaks or the server refuses.
    pub async fn listen_in_session(&mut self) -> Result<()> {
        let header = self.open_session().await?;
        let subscribe = json!({ "jsonrpc": "2.0", "id": 2, "method": "resources/subscribe",
            "params": { "uri": URI } });
        self.send("POST", &header, &subscribe.to_string()).await?;
        self.answer().await?;
        self.send("GET", &header, "").await?;
        self.read_until("text/event-stream").await
    }
}
