//! A soak: `soak SERVER stdio|http legacy|modern CALLS SEED` starts the server, makes the calls, a tenth of them
//! at a time, checks that each has its answer and no other one, and prints figures as a JSON object.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

mod dice;
mod events;
mod http;
mod scenario;
mod stdio;

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_benches::client::memory;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::dice::Dice;
use self::http::HttpClient;
use self::scenario::Peer;
use self::stdio::{Pipe, PipeClient};

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Time within which a request is answered. Afterwards it counts as lost.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Time that a server has to exit.
const EXIT_LIMIT: Duration = Duration::from_secs(10);

/// Clients at the same time.
const CLIENTS: u64 = 32;

/// Pause before the figures of a tenth are read: the time for which a task is kept, and a little more.
const PAUSE: Duration = Duration::from_secs(6);

/// Faults that are printed.
const SHOWN: usize = 20;

/// A protocol era.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    Legacy,
    Modern,
}

/// Counts of what was done, and faults.
#[derive(Default)]
struct Tally {
    kinds: BTreeMap<&'static str, u64>,
    faults: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.faults.extend(other.faults);
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, transport, era, calls, seed] = arguments.as_slice() else {
        return Err("usage: soak SERVER stdio|http legacy|modern CALLS SEED".into());
    };
    let era = match era.as_str() {
        "legacy" => Era::Legacy,
        _ => Era::Modern,
    };
    let (calls, seed) = (calls.parse()?, seed.parse()?);
    let report = match transport.as_str() {
        "stdio" => over_stdio(server, era, calls, seed).await?,
        _ => over_http(server, era, calls, seed).await?,
    };
    println!("{report}");
    Ok(())
}

async fn over_stdio(server: &str, era: Era, calls: u64, seed: u64) -> Result<Value> {
    let (pipe, mut child) = Pipe::open(server, era).await?;
    let clients = (0..CLIENTS).map(|_| PipeClient(Arc::clone(&pipe))).collect();
    let (mut tally, mut report) = soak(clients, &child, calls, seed).await?;
    tally.faults.extend(pipe.close());
    // The end of its input.
    pipe.shut().await;
    ended(&mut child, &mut tally).await;
    finish(&mut report, tally);
    Ok(report)
}

async fn over_http(server: &str, era: Era, calls: u64, seed: u64) -> Result<Value> {
    let mut command = Command::new(server);
    command.args(["--http", "127.0.0.1:0"]).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let mut lines = BufReader::new(child.stderr.take().ok_or("the server has no stderr")?).lines();
    let address = loop {
        let line = lines.next_line().await?.ok_or("the server has ended")?;
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        if let Some((address, _)) = address {
            break address.to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        clients.push(HttpClient::open(&address, era).await?);
    }
    let (mut tally, mut report) = soak(clients, &child, calls, seed).await?;
    let process = child.id().ok_or("the server has ended")?.to_string();
    Command::new("kill").args(["-TERM", &process]).status().await?;
    ended(&mut child, &mut tally).await;
    finish(&mut report, tally);
    Ok(report)
}

/// Makes the calls. Returns what was done, and the figures of each tenth.
async fn soak<P: Peer + 'static>(
    mut clients: Vec<P>,
    child: &Child,
    calls: u64,
    seed: u64,
) -> Result<(Tally, Value)> {
    let process = child.id().ok_or("the server has ended")?.to_string();
    let (mut tally, mut dice, started) = (Tally::default(), Dice::new(seed), Instant::now());
    let (mut kib, mut descriptors, mut busy) = (Vec::new(), Vec::new(), Duration::ZERO);
    let (share, mut number) = (calls.div_ceil(10 * CLIENTS), 0);
    for _ in 0..10 {
        let (begun, mut running) = (Instant::now(), JoinSet::new());
        for client in std::mem::take(&mut clients) {
            running.spawn(work(client, Dice::new(dice.next()), number, share));
            number += share;
        }
        while let Some(done) = running.join_next().await {
            let (mut client, done) = done?;
            client.rest();
            clients.push(client);
            tally.add(done);
        }
        busy += begun.elapsed();
        sleep(PAUSE).await;
        kib.push(memory(&process, "VmRSS")?);
        descriptors.push(std::fs::read_dir(format!("/proc/{process}/fd"))?.count());
    }
    let report = json!({
        "calls": number,
        "seconds": busy.as_secs_f64(),
        "elapsed": started.elapsed().as_secs_f64(),
        "kib": kib,
        "descriptors": descriptors,
    });
    Ok((tally, report))
}

/// Makes the calls of one client.
async fn work<P: Peer>(mut client: P, mut dice: Dice, first: u64, count: u64) -> (P, Tally) {
    let mut tally = Tally::default();
    for number in first..first + count {
        match scenario::run(&mut client, &mut dice, number).await {
            Ok(kind) => *tally.kinds.entry(kind).or_default() += 1,
            Err(fault) => tally.faults.push(fault.to_string()),
        }
    }
    (client, tally)
}

/// Waits for the exit of the server.
async fn ended(child: &mut Child, tally: &mut Tally) {
    match timeout(EXIT_LIMIT, child.wait()).await {
        Ok(Ok(status)) if status.success() => {}
        Ok(ended) => tally.faults.push(format!("the server has failed: {ended:?}")),
        Err(_) => tally.faults.push("the server does not end".to_owned()),
    }
}

fn finish(report: &mut Value, tally: Tally) {
    report["kinds"] = json!(tally.kinds);
    report["faults"] = json!(tally.faults.len());
    report["first_faults"] = json!(tally.faults.iter().take(SHOWN).collect::<Vec<_>>());
}
