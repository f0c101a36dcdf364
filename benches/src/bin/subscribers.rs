//! Subscribers of one resource: `subscribers HOST:PORT PID ERA COUNT CHANGES` opens COUNT streams,
//! has the resource changed, and reads it after each notification. Prints the figures as one JSON
//! object when all subscribers have read the last value.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_benches::client::{Connection, Result, URI, memory};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// Timeout of the whole run.
const LIMIT: Duration = Duration::from_secs(120);
/// Number of connections that the subscribers share for reading the resource.
const READERS: usize = 16;

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
            let notified = watch(connection, &readers[number % READERS], changes).await?;
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

/// Reads the resource after each notification, until it has the last value. Returns the number
/// of notifications.
async fn watch(mut subscriber: Connection, reader: &Mutex<Connection>, last: u64) -> Result<u64> {
    const UPDATED: &[u8] = b"notifications/resources/updated";
    let expected = format!(r#""text":"{last}""#);
    let mut notified = 0;
    subscriber.received.clear();
    loop {
        if subscriber.stream.read_buf(&mut subscriber.received).await? == 0 {
            return Err("a stream ended before the last value".into());
        }
        // An event may arrive in parts, which the next read completes.
        let Some(end) = subscriber.received.iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let whole: Vec<u8> = subscriber.received.drain(..=end).collect();
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
