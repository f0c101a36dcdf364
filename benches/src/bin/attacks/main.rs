//! Clients that hold no socket and try to use up the connections and sessions of a server over HTTP:
//! `attacks HOST:PORT PID disconnects|calls|sessions COUNT`. Prints the figures as one JSON object.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Timeout of the whole run.
const LIMIT: Duration = Duration::from_secs(180);
/// Timeout of a client that attacks nobody.
const CLIENT_LIMIT: Duration = Duration::from_secs(20);
/// Timeout for new sessions: twice the time after which a session without a client makes room.
const SESSION_LIMIT: Duration = Duration::from_secs(60);
/// Time in which the server closes the connections that it closes.
const SETTLE: Duration = Duration::from_secs(3);
/// Number of connections that are open at the same time.
const CONCURRENCY: usize = 32;
/// Number of calls of one session.
const CALLS_OF_A_SESSION: usize = 1000;
/// Number of sessions that are opened after the attack.
const NEW_SESSIONS: usize = 100;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"attack","version":"1"}}}"#;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    let [address, process, attack, count] = words.as_slice() else {
        return Err("usage: attacks HOST:PORT PID disconnects|calls|sessions COUNT".into());
    };
    let seen = timeout(LIMIT, run(address, process, attack, count.parse()?)).await??;
    println!("{seen}");
    Ok(())
}

async fn run(address: &str, process: &str, attack: &str, count: usize) -> Result<Value> {
    // The connections of the first call are gone afterwards, and its memory is part of an idle server.
    count_running(address).await?;
    let idle = memory(process, "VmRSS")?;
    let bystander = Bystander::start(address);
    let start = Instant::now();
    match attack {
        "disconnects" => disconnects(address, count).await?,
        "calls" => calls(address, count).await?,
        "sessions" => sessions(address, count).await?,
        unknown => return Err(format!("there is no attack {unknown}").into()),
    }
    let end = Instant::now();
    let slowest = bystander.stop().await?;
    new_sessions(address).await?;
    let sessions_after = end.elapsed();
    sleep(SETTLE).await;
    Ok(json!({
        "took_ms": milliseconds(end - start),
        "slowest_ms": milliseconds(slowest),
        "sessions_after_ms": milliseconds(sessions_after),
        "running": count_running(address).await?,
        "descriptors": std::fs::read_dir(format!("/proc/{process}/fd"))?.count(),
        "idle_kib": idle,
        "peak_kib": memory(process, "VmHWM")?,
    }))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// A client that makes one call after another, on a new connection each.
struct Bystander {
    stop: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Result<Duration>>,
}

impl Bystander {
    fn start(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, address) = (Arc::clone(&stop), address.to_owned());
        let task = tokio::spawn(async move {
            let mut slowest = Duration::ZERO;
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                count_running(&address).await?;
                slowest = slowest.max(start.elapsed());
                sleep(Duration::from_millis(10)).await;
            }
            Ok(slowest)
        });
        Self { stop, task }
    }

    /// The longest time until a call was answered. Fails if one was not.
    async fn stop(self) -> Result<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await?
    }
}

/// Opens sessions with an event stream each, all at the same time. Tries again while there is no room.
async fn new_sessions(address: &str) -> Result<()> {
    let (start, mut streams) = (Instant::now(), Vec::new());
    while streams.len() < NEW_SESSIONS {
        let stream = match open_session(address).await? {
            Some(session) => open_stream(address, &session).await?,
            None => None,
        };
        match stream {
            Some(stream) => streams.push(stream),
            None if start.elapsed() > SESSION_LIMIT => {
                let count = streams.len();
                return Err(format!("only {count} of {NEW_SESSIONS} new sessions opened").into());
            }
            None => sleep(Duration::from_millis(100)).await,
        }
    }
    Ok(())
}

/// The event stream of a session; `None` if the session has made room for others.
async fn open_stream(address: &str, session: &str) -> Result<Option<TcpStream>> {
    let mut stream = TcpStream::connect(address).await?;
    let text = format!(
        "GET /mcp HTTP/1.1\r\nHost: {address}\r\nAccept: text/event-stream\r\n\
         Mcp-Session-Id: {session}\r\n\r\n"
    );
    stream.write_all(text.as_bytes()).await?;
    let mut status = [0; 12];
    timeout(CLIENT_LIMIT, stream.read_exact(&mut status)).await??;
    match &status {
        b"HTTP/1.1 200" => Ok(Some(stream)),
        b"HTTP/1.1 404" => Ok(None),
        other => Err(format!("unexpected status: {}", String::from_utf8_lossy(other)).into()),
    }
}

/// Modern calls whose clients close their connections with a byte after the request.
async fn disconnects(address: &str, count: usize) -> Result<()> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"wait","arguments":{{}},{META}}}}}"#
    );
    let headers =
        "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: wait\r\n";
    let text = request(address, headers, &body) + "P";
    at_once(count, |_| leave(address.to_owned(), text.clone())).await
}

/// The same in legacy sessions, whose calls go on.
async fn calls(address: &str, count: usize) -> Result<()> {
    let mut sessions = Vec::new();
    for _ in 0..count.div_ceil(CALLS_OF_A_SESSION) {
        sessions.push(open_session(address).await?.ok_or("a session was refused")?);
    }
    at_once(count, |number| {
        let session = &sessions[number / CALLS_OF_A_SESSION];
        leave(address.to_owned(), call_in(address, session, number) + "P")
    })
    .await
}

/// Legacy sessions with a call each, whose clients are gone.
async fn sessions(address: &str, count: usize) -> Result<()> {
    at_once(count, |_| {
        let address = address.to_owned();
        async move {
            if let Some(session) = open_session(&address).await? {
                let text = call_in(&address, &session, 1);
                leave(address, text).await?;
            }
            Ok(())
        }
    })
    .await
}

/// Runs clients, some at the same time.
async fn at_once<F>(count: usize, client: impl Fn(usize) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let mut clients = JoinSet::new();
    for number in 0..count {
        if clients.len() >= CONCURRENCY
            && let Some(ended) = clients.join_next().await
        {
            ended??;
        }
        clients.spawn(client(number));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}

/// Sends a request and closes the connection.
async fn leave(address: String, text: String) -> Result<()> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(text.as_bytes()).await?;
    Ok(())
}

fn request(address: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nAccept: application/json, text/event-stream\r\n\
         Content-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}

fn call_in(address: &str, session: &str, id: usize) -> String {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"wait","arguments":{{}}}}}}"#
    );
    request(address, &format!("Mcp-Session-Id: {session}\r\n"), &body)
}

/// Opens a session; `None` if the server has too many.
async fn open_session(address: &str) -> Result<Option<String>> {
    let text = exchange(address, &request(address, "Connection: close\r\n", INITIALIZE)).await?;
    let id = text.lines().find_map(|line| line.strip_prefix("mcp-session-id: "));
    if id.is_none() && !text.starts_with("HTTP/1.1 503") {
        return Err(format!("expected a session or status 503, got {text}").into());
    }
    Ok(id.map(|id| id.trim().to_owned()))
}

/// Number of calls of `wait` that run, from the server.
async fn count_running(address: &str) -> Result<u64> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"running","arguments":{{}},{META}}}}}"#
    );
    let headers = "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n\
                   Mcp-Name: running\r\nConnection: close\r\n";
    let text = exchange(address, &request(address, headers, &body)).await?;
    let body = text.split("\r\n\r\n").nth(1).unwrap_or_default();
    let answer: Value = serde_json::from_str(body)?;
    let text = answer["result"]["content"][0]["text"].as_str();
    Ok(text.ok_or_else(|| format!("unexpected answer: {answer}"))?.parse()?)
}

async fn exchange(address: &str, text: &str) -> Result<String> {
    let mut answer = String::new();
    let answered = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(text.as_bytes()).await?;
        stream.read_to_string(&mut answer).await
    };
    timeout(CLIENT_LIMIT, answered).await??;
    Ok(answer)
}

/// A memory figure of a process, in KiB.
fn memory(process: &str, figure: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let digits = line.and_then(|line| line.split_whitespace().next());
    Ok(digits.ok_or_else(|| format!("the process has no {figure}"))?.parse()?)
}
