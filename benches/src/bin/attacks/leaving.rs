//! Clients that leave calls behind and hold no socket.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::bystander::Bystander;
use crate::server::Server;
use crate::wire::{count_running, legacy_call, modern_call, open_session, open_stream};
use crate::{Result, milliseconds};

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

/// Work that the clients leave behind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    /// Modern calls, with a byte after each.
    ModernCalls,
    /// Calls in a few legacy sessions, with a byte after each.
    LegacyCalls,
    /// Legacy sessions with a call each.
    Sessions,
}

/// Runs the clients. Returns what another client sees, and what remains.
pub(crate) async fn run(server: &Server, left: Left, count: usize) -> Result<Value> {
    let address = &*server.address;
    // The memory of the first call is part of an idle server.
    count_running(address).await?;
    let idle = server.memory()?;
    let bystander = Bystander::start(server);
    let start = Instant::now();
    match left {
        Left::ModernCalls => modern_calls(address, count).await?,
        Left::LegacyCalls => legacy_calls(address, count).await?,
        Left::Sessions => sessions(address, count).await?,
    }
    let end = Instant::now();
    let calls = bystander.stop().await?;
    new_sessions(address).await?;
    let sessions_after = end.elapsed();
    sleep(SETTLE).await;
    Ok(json!({
        "took_ms": milliseconds(end - start),
        "answered": calls.answered,
        "bystander_refused": calls.refused,
        "slowest_ms": milliseconds(calls.slowest),
        "sessions_after_ms": milliseconds(sessions_after),
        "running": count_running(address).await?,
        "descriptors": server.descriptors()?,
        "idle_kib": idle,
        "peak_kib": server.peak_memory()?,
    }))
}

async fn modern_calls(address: &str, count: usize) -> Result<()> {
    let text = modern_call(address, "wait", "") + "P";
    at_once(count, |_| leave(address.to_owned(), text.clone())).await
}

async fn legacy_calls(address: &str, count: usize) -> Result<()> {
    let mut sessions = Vec::new();
    for _ in 0..count.div_ceil(CALLS_OF_A_SESSION) {
        sessions.push(open_session(address).await?.ok_or("a session was refused")?);
    }
    at_once(count, |number| {
        let session = &sessions[number / CALLS_OF_A_SESSION];
        leave(address.to_owned(), legacy_call(address, session, number) + "P")
    })
    .await
}

async fn sessions(address: &str, count: usize) -> Result<()> {
    at_once(count, |_| {
        let address = address.to_owned();
        async move {
            if let Some(session) = open_session(&address).await? {
                let text = legacy_call(&address, &session, 1);
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
