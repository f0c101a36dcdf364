//! Subscribers of one resource: `subscribers HOST:PORT PID ERA COUNT CHANGES` opens COUNT streams,
//! has the resource changed, and reads it after each notification. Prints the figures as one JSON
//! object when all subscribers have read the last value.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Timeout of the whole run.
const LIMIT: Duration = Duration::from_secs(120);
/// Number of connections that the subscribers share for reading the resource.
const READERS: usize = 16;
const URI: &str = "bench://value";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, server, era, count, changes] = arguments.as_slice() else {
        return Err("usage: subscribers HOST:PORT PID legacy|modern COUNT CHANGES".into());
    };
    let (count, changes) = (count.parse()?, changes.parse()?);
    let seen = run(address, server, era == "legacy", count, changes);
    println!("{}", tokio::time::timeout(LIMIT, seen).await??);
    Ok(())
}

async fn run(
    address: &str,
    server: &str,
    legacy: bool,
    count: usize,
    changes: u64,
) -> Result<Value> {
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(Mutex::new(Connection::open(address).await?));
    }
    let readers = Arc::new(readers);
    let idle = memory(server, "VmRSS")?;
    let mut opened = Vec::new();
    for _ in 0..count {
        let mut connection = Connection::open(address).await?;
        if legacy {
            connection.listen_in_session().await?
        } else {
            connection.listen().await?
        }
        opened.push(connection);
    }
    let subscribed = memory(server, "VmRSS")?;
    let start = Instant::now();
    let mut subscribers = JoinSet::new();
    for (number, connection) in opened.into_iter().enumerate() {
        let readers = Arc::clone(&readers);
        subscribers.spawn(async move {
            let notified = connection.watch(&readers[number % READERS], changes).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((notified, start.elapsed()))
        });
    }
    let mut changing = Connection::open(address).await?;
    changing.modern("tools/call", "change", json!({ "times": changes })).await?;
    let changed = start.elapsed();
    let (mut notified, mut last) = (0, Duration::ZERO);
    while let Some(subscriber) = subscribers.join_next().await {
        let (times, at) = subscriber??;
        notified += times;
        last = last.max(at);
    }
    Ok(json!({
        "notified": notified,
        "changed_ms": changed.as_secs_f64() * 1000.0,
        "last_ms": last.as_secs_f64() * 1000.0,
        "idle_kib": idle,
        "subscribed_kib": subscribed,
        "peak_kib": memory(server, "VmHWM")?,
    }))
}

/// A memory figure of a process, in KiB.
fn memory(process: &str, figure: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let digits = line.and_then(|line| line.split_whitespace().next());
    Ok(digits
        .ok_or_else(|| format!("{figure} is missing in the status of the process"))?
        .parse()?)
}

/// A keep-alive connection.
struct Connection {
    stream: TcpStream,
    host: String,
    received: Vec<u8>,
}

impl Connection {
    async fn open(address: &str) -> Result<Self> {
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
    async fn modern(&mut self, method: &str, name: &str, arguments: Value) -> Result<String> {
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
    async fn listen(&mut self) -> Result<()> {
        let filter = json!({ "notifications": { "resourceSubscriptions": [URI] } });
        self.send_modern("subscriptions/listen", "", filter).await?;
        self.read_until("subscriptions/acknowledged").await
    }

    /// Opens a session, subscribes, and opens the stream of the session.
    async fn listen_in_session(&mut self) -> Result<()> {
        let open = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "subscriber", "version": "1" },
        } });
        self.send("POST", "", &open.to_string()).await?;
        let opened = self.answer().await?;
        let session = opened.lines().find_map(|line| line.strip_prefix("mcp-session-id: "));
        let session = session.ok_or("no session")?;
        let header = format!("Mcp-Session-Id: {session}\r\n");
        let subscribe = json!({ "jsonrpc": "2.0", "id": 2, "method": "resources/subscribe",
            "params": { "uri": URI } });
        self.send("POST", &header, &subscribe.to_string()).await?;
        self.answer().await?;
        self.send("GET", &header, "").await?;
        self.read_until("text/event-stream").await
    }

    /// Reads the resource after each notification, until it has the last value. Returns the number
    /// of notifications.
    async fn watch(mut self, reader: &Mutex<Self>, last: u64) -> Result<u64> {
        const UPDATED: &[u8] = b"notifications/resources/updated";
        let expected = format!(r#""text":"{last}""#);
        let mut notified = 0;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("a stream ended before the last value".into());
            }
            // An event may arrive in parts, which the next read completes.
            let Some(end) = self.received.iter().rposition(|byte| *byte == b'\n') else { continue };
            let whole: Vec<u8> = self.received.drain(..=end).collect();
            let times = whole.windows(UPDATED.len()).filter(|window| *window == UPDATED).count();
            notified += times as u64;
            if times > 0 {
                let read = reader.lock().await.modern("resources/read", URI, json!({})).await?;
                if read.contains(&expected) {
                    return Ok(notified);
                }
            }
        }
    }
}
