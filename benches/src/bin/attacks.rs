//! Clients that hold no socket and try to use up what a server over HTTP has of connections and
//! sessions: `attacks HOST:PORT PID ATTACK COUNT`. Prints the figures as one JSON object.
//!
//! `attacks serve --http HOST:PORT` is the server. Its tool `wait` never returns; `running` counts the
//! calls of it.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Timeout of the whole run.
const LIMIT: Duration = Duration::from_secs(120);
/// Number of connections that are open at the same time.
const CONCURRENCY: usize = 32;
/// Time after which a session without a client makes room.
const UNATTENDED_TIMEOUT: Duration = Duration::from_secs(30);
/// Number of calls of one session.
const CALLS_OF_A_SESSION: usize = 1000;

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"attack","version":"1"}}}"#;

/// Number of calls of `wait` that run.
#[derive(Clone, Default)]
struct Running(Arc<AtomicUsize>);

struct Call(Running);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Wait for ever.
#[tool]
async fn wait(calls: &State<Running>) -> String {
    calls.0.fetch_add(1, Ordering::Relaxed);
    let _call = Call(Running::clone(calls));
    std::future::pending().await
}

/// Count the calls of `wait`.
#[tool]
async fn running(calls: &State<Running>) -> usize {
    calls.0.load(Ordering::Relaxed)
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<_> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve", ..] => {
            let server = Server::new("attacked", "1.0.0").with::<(wait, running)>();
            Ok(server.state(Running::default()).run().await?)
        }
        [address, process, attack, count] => {
            let seen = run(address, process, attack, count.parse()?);
            println!("{}", tokio::time::timeout(LIMIT, seen).await??);
            Ok(())
        }
        _ => Err("usage: attacks HOST:PORT PID disconnects|calls|sessions COUNT".into()),
    }
}

async fn run(address: &str, process: &str, attack: &str, count: usize) -> Result<Value> {
    let idle = memory(process, "VmRSS")?;
    let start = Instant::now();
    let refused = match attack {
        "disconnects" => disconnects(address, count).await?,
        "calls" => calls(address, count).await?,
        "sessions" => sessions(address, count).await?,
        unknown => return Err(format!("there is no attack {unknown}").into()),
    };
    let took = start.elapsed();
    let answered = Instant::now();
    count_running(address).await?;
    let answered = answered.elapsed();
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd"))?.count();
    let opened = Instant::now();
    let mut refusals = 0;
    while open_session(address).await?.is_none() {
        refusals += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
        if opened.elapsed() > 2 * UNATTENDED_TIMEOUT {
            return Err("no session can be opened any more".into());
        }
    }
    Ok(json!({
        "took_ms": took.as_secs_f64() * 1000.0,
        "refused": refused,
        "answered_ms": answered.as_secs_f64() * 1000.0,
        "running": count_running(address).await?,
        "descriptors": descriptors,
        "refusals_after": refusals,
        "session_after_ms": opened.elapsed().as_secs_f64() * 1000.0,
        "idle_kib": idle,
        "peak_kib": memory(process, "VmHWM")?,
    }))
}

/// Modern calls whose clients close their connections with a byte after the request.
async fn disconnects(address: &str, count: usize) -> Result<usize> {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"wait","arguments":{{}},{META}}}}}"#
    );
    let headers =
        "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: wait\r\n";
    let text = request(address, headers, &body) + "P";
    at_once(count, |_| leave(address.to_owned(), text.clone())).await
}

/// The same in legacy sessions, whose calls go on.
async fn calls(address: &str, count: usize) -> Result<usize> {
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

/// Legacy sessions with a call each, whose clients are gone. Returns the number of refused ones.
async fn sessions(address: &str, count: usize) -> Result<usize> {
    at_once(count, |_| {
        let address = address.to_owned();
        async move {
            let Some(session) = open_session(&address).await? else { return Ok(1) };
            let text = call_in(&address, &session, 1);
            leave(address, text).await
        }
    })
    .await
}

/// Runs clients, some at the same time, and adds their results.
async fn at_once<F>(count: usize, client: impl Fn(usize) -> F) -> Result<usize>
where
    F: Future<Output = Result<usize>> + Send + 'static,
{
    let (mut clients, mut sum) = (JoinSet::new(), 0);
    for number in 0..count {
        if clients.len() >= CONCURRENCY
            && let Some(result) = clients.join_next().await
        {
            sum += result??;
        }
        clients.spawn(client(number));
    }
    while let Some(result) = clients.join_next().await {
        sum += result??;
    }
    Ok(sum)
}

/// Sends a request and closes the connection.
async fn leave(address: String, text: String) -> Result<usize> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(text.as_bytes()).await?;
    Ok(0)
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

/// The number of calls of `wait` that run, as a new client is told.
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
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(text.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// A memory figure of a process, in KiB.
fn memory(process: &str, figure: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let digits = line.and_then(|line| line.split_whitespace().next());
    Ok(digits.ok_or_else(|| format!("the process has no {figure}"))?.parse()?)
}
