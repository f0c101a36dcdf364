//! Clients that keep memory of the server in use.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::bystander::Bystander;
use crate::server::Server;
use crate::wire::{count_running, modern_call, modern_listen, read_status};
use crate::{Result, milliseconds};

/// Time in which the server answers what it answers.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// Timeout for the connections of the attack to end.
const END_LIMIT: Duration = Duration::from_secs(90);
/// Number of connections that are open in addition to those of an idle server, at most.
const OTHERS: usize = 2;
/// Bytes of the `_meta` of a request.
const META_LENGTH: usize = 4_190_000;
/// Number of URIs of a stream.
const URIS: usize = 1000;
/// Receive buffer of the clients, so that an answer that they do not read stays in the server.
const BUFFER: u32 = 4096;

/// Memory that the clients hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// Large requests whose handlers run.
    Requests,
    /// Subscriptions to many resources.
    Subscriptions,
    /// Large answers that they do not read. The clients do not close their connections.
    Answers,
}

/// Runs the clients at the same time. Returns what another client sees, and when their connections
/// have ended.
pub(crate) async fn run(server: &Server, held: Held, count: usize) -> Result<Value> {
    let address = &*server.address;
    let descriptors = server.descriptors()?;
    count_running(address).await?;
    let idle = server.memory()?;
    let text: Arc<str> = match held {
        Held::Requests => {
            modern_call(address, "wait", &format!(r#","x":"{}""#, "x".repeat(META_LENGTH)))
        }
        Held::Subscriptions => {
            let uris: Vec<_> = (0..URIS).map(|number| format!("note://{number}")).collect();
            modern_listen(address, &uris)
        }
        Held::Answers => modern_call(address, "large", ""),
    }
    .into();
    let bystander = Bystander::start(server);
    let mut clients = JoinSet::new();
    for _ in 0..count {
        clients.spawn(hold(address.to_owned(), Arc::clone(&text)));
    }
    let (mut connections, mut refused) = (Vec::new(), 0);
    while let Some(ended) = clients.join_next().await {
        match ended?? {
            Some(connection) => connections.push(connection),
            None => refused += 1,
        }
    }
    let calls = bystander.stop().await?;
    let end = Instant::now();
    if held != Held::Answers {
        connections.clear();
    }
    while server.descriptors()? > descriptors + OTHERS {
        if end.elapsed() > END_LIMIT {
            return Err("the connections of the attack do not end".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    let gone_after = end.elapsed();
    Ok(json!({
        "refused": refused,
        "answered": calls.answered,
        "bystander_refused": calls.refused,
        "slowest_ms": milliseconds(calls.slowest),
        "gone_after_ms": milliseconds(gone_after),
        "running": count_running(address).await?,
        "idle_kib": idle,
        "peak_kib": server.peak_memory()?,
    }))
}

/// Sends a request, and reads at most the status of its response. `None` if it was refused.
async fn hold(address: String, text: Arc<str>) -> Result<Option<TcpStream>> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(BUFFER)?;
    let mut stream = socket.connect(address.parse()?).await?;
    // A request may be refused, and its connection closed, before it has been sent.
    let sent = stream.write_all(text.as_bytes()).await;
    match timeout(ANSWER_LIMIT, read_status(&mut stream)).await {
        Err(_) | Ok(Ok(200)) => Ok(Some(stream)),
        Ok(Ok(503)) => Ok(None),
        Ok(Err(_)) if sent.is_err() => Ok(None),
        Ok(Ok(other)) => Err(format!("unexpected status {other}").into()),
        Ok(Err(error)) => Err(error),
    }
}
