//! Tasks a second: `task_rate COUNT STORE` creates COUNT tasks of one `once` step in this process, some at
//! a time, waits for the result of each, and prints the rate as a JSON object. STORE is `memory`, the
//! path of a file, or a URL of Redis.

#![allow(clippy::print_stdout, reason = "the result goes to the program that started this one")]

use std::sync::Arc;
use std::time::Instant;

use mcp_runtime::Store;
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Tasks in flight.
const IN_FLIGHT: usize = 512;

/// Double a number, once.
#[tool(task = "required", ttl = "1m", poll_interval = "10ms")]
async fn double(cx: &Context, number: u64) -> u64 {
    cx.once("double", async || number * 2).await
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [count, store] = arguments.as_slice() else {
        return Err("usage: task_rate COUNT memory|FILE|redis://…".into());
    };
    let count: u64 = count.parse()?;
    let store = match store.as_str() {
        "memory" => Store::memory(),
        url if url.starts_with("redis:") => Store::redis(url)?,
        path => Store::redb(path)?,
    };
    let server = Server::new("tasks", "1.0.0").with::<double>().store(store);
    let client = Client::in_memory(server).connect().await?;
    let (started, room) = (Instant::now(), Arc::new(Semaphore::new(IN_FLIGHT)));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let place = Arc::clone(&room).acquire_owned().await?;
        let client = client.clone();
        tasks.spawn(async move {
            let task = client.call("double", json!({ "number": number })).as_task().await?;
            let doubled: u64 = task.result_as().await?;
            drop(place);
            match doubled == number * 2 {
                true => Ok::<_, Failure>(()),
                false => Err(format!("twice {number} is not {doubled}").into()),
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{}", json!({ "tasks_per_second": count as f64 / seconds }));
    Ok(())
}
