//! Clients that try to use up a server over HTTP: `attacks HOST:PORT PID ATTACK COUNT`. Prints the
//! figures as one JSON object.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

mod bystander;
mod holding;
mod leaving;
mod server;
mod wire;

use std::time::Duration;

use holding::Held;
use leaving::Left;
use server::Server;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Timeout of the whole run.
const LIMIT: Duration = Duration::from_secs(300);

const USAGE: &str =
    "usage: attacks HOST:PORT PID disconnects|calls|sessions|requests|listens|unread COUNT";

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, process, attack, count] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let (server, count) = (Server::new(address, process), count.parse()?);
    let seen = async {
        match attack.as_str() {
            "disconnects" => leaving::run(&server, Left::ModernCalls, count).await,
            "calls" => leaving::run(&server, Left::LegacyCalls, count).await,
            "sessions" => leaving::run(&server, Left::Sessions, count).await,
            "requests" => holding::run(&server, Held::Requests, count).await,
            "listens" => holding::run(&server, Held::Subscriptions, count).await,
            "unread" => holding::run(&server, Held::Answers, count).await,
            unknown => Err(format!("there is no attack `{unknown}`; {USAGE}").into()),
        }
    };
    println!("{}", tokio::time::timeout(LIMIT, seen).await??);
    Ok(())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
