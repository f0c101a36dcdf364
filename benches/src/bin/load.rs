//! A load generator: `load HOST:PORT CONNECTIONS SECONDS TOOL` calls a tool over keep-alive
//! connections, with one request at a time on each, and prints the figures as one JSON object.
//!
//! The body of the request comes from stdin. All its answers have to be results, and the same.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::ops::Range;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Calls before the measurement starts, on every connection.
const WARM_UP: usize = 50;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, connections, seconds, tool] = arguments.as_slice() else {
        return Err("usage: load HOST:PORT CONNECTIONS SECONDS TOOL < BODY".into());
    };
    let body = std::io::read_to_string(std::io::stdin())?;
    let (connections, seconds): (usize, f64) = (connections.parse()?, seconds.parse()?);
    let mut opened = Vec::new();
    for _ in 0..connections {
        let mut connection = Connection::open(address, tool, &body).await?;
        for _ in 0..WARM_UP {
            connection.call().await?;
        }
        opened.push(connection);
    }
    let start = Instant::now();
    let deadline = start + Duration::from_secs_f64(seconds);
    let mut clients = JoinSet::new();
    for connection in opened {
        clients.spawn(connection.call_until(deadline));
    }
    let mut micros = Vec::new();
    while let Some(client) = clients.join_next().await {
        micros.extend(client??);
    }
    let elapsed = start.elapsed().as_secs_f64();
    micros.sort_unstable();
    let percentile = |p: usize| micros.get(micros.len() * p / 100).copied();
    let warm_up = WARM_UP * connections;
    println!(
        "{}",
        json!({ "calls": micros.len(), "warm_up": warm_up, "seconds": elapsed, "p50_us": percentile(50), "p99_us": percentile(99) })
    );
    Ok(())
}

/// One keep-alive connection.
struct Connection {
    stream: TcpStream,
    request: String,
    buffer: Vec<u8>,
    /// Body of the first answer.
    expected: Vec<u8>,
}

impl Connection {
    async fn open(address: &str, tool: &str, body: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let length = body.len();
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
             Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let buffer = Vec::with_capacity(2 * request.len() + 4096);
        Ok(Self { stream, request, buffer, expected: Vec::new() })
    }

    async fn call_until(mut self, deadline: Instant) -> Result<Vec<u64>> {
        let mut micros = Vec::new();
        loop {
            let start = Instant::now();
            if start >= deadline {
                return Ok(micros);
            }
            self.call().await?;
            micros.push(u64::try_from(start.elapsed().as_micros())?);
        }
    }

    /// Sends one request and reads the whole response.
    async fn call(&mut self) -> Result<()> {
        self.stream.write_all(self.request.as_bytes()).await?;
        self.buffer.clear();
        let mut expected = None;
        let body = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if expected.is_none() {
                expected = body_of_answer(&self.buffer)?;
            }
            if let Some(body) = expected.clone().filter(|body| self.buffer.len() >= body.end) {
                break &self.buffer[body];
            }
        };
        if self.expected.is_empty() && serde_json::from_slice::<Value>(body)?["result"].is_object()
        {
            self.expected = body.to_vec();
        }
        if body == self.expected {
            return Ok(());
        }
        Err(format!("not the expected answer: {}", String::from_utf8_lossy(body)).into())
    }
}

/// Position of the body, if the head is complete.
fn body_of_answer(received: &[u8]) -> Result<Option<Range<usize>>> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&received[..end])?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(format!("refused: {head}").into());
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize =
        length.ok_or("the answer is not plain: it has no Content-Length")?.trim().parse()?;
    Ok(Some(end + 4..end + 4 + length))
}
