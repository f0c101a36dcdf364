//! Many clients that do nothing, and the rate of tasks with each store.

use std::process::{Command, Stdio};
use std::time::Duration;

use mcp_test_redis::{DURABLE, RedisServer};
use serde_json::Value;

use super::callgrind::Lengths;
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::process::HttpServer;
use crate::{Result, workspace};

const START_LIMIT: Duration = Duration::from_secs(10);

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("taskset")?;
    let divisor = if lengths.is_quick() { 10 } else { 1 };
    report.add(measure_memory(programs, 9_990 / divisor)?);
    report.add(measure_tasks(5_000 / divisor)?);
    Ok(())
}

/// The memory of clients that do nothing.
fn measure_memory(programs: &Programs, count: u32) -> Result<Table> {
    let title = format!("HTTP, {count} clients that do nothing: memory of the server");
    let mut table = Table::new(&title, &["clients", "KiB each"]);
    let of_one = |kind| -> Result<f64> {
        let seen = idle(programs, kind, count)?;
        let figure = |key: &str| seen[key].as_f64().ok_or_else(|| format!("no `{key}`: {seen}"));
        Ok((figure("with_kib")? - figure("before_kib")?) / f64::from(count))
    };
    let [sessions, connections, listens] =
        [of_one("sessions")?, of_one("connections")?, of_one("listens")?];
    for (clients, memory) in [
        ("legacy session without a connection", sessions),
        ("connection", connections),
        ("`subscriptions/listen`, above its connection", listens - connections),
    ] {
        table.row(&[clients.to_owned(), format!("{memory:.2}")]);
    }
    Ok(table)
}

fn idle(programs: &Programs, kind: &str, count: u32) -> Result<Value> {
    let mut command = Processor::Server.command();
    command.arg(programs.path("watched_server")?).args(["--http", "127.0.0.1:0"]);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let process = server.process().id().to_string();
    let mut clients = Processor::Load.command();
    clients.arg(programs.path("idle_clients")?).args([
        server.address(),
        &process,
        kind,
        &count.to_string(),
    ]);
    figures(&mut clients)
}

/// The rate of tasks with each store.
fn measure_tasks(count: u32) -> Result<Table> {
    let programs = Programs::build_with(&["tasks"])?;
    let title = format!(
        "{count} tasks of one `once` step, 512 at a time, client and server in one process"
    );
    let mut table = Table::new(&title, &["store", "tasks a second"]);
    // A run that was interrupted may have left files.
    std::fs::remove_dir_all(workspace::scratch("bench-tasks")?)?;
    let folder = workspace::scratch("bench-tasks")?;
    let mut measure = |name: &str, store: &str| -> Result<()> {
        let mut command = Command::new(programs.path("task_rate")?);
        let seen = figures(command.args([&count.to_string(), store]))?;
        let rate = seen["tasks_per_second"].as_f64().ok_or("no rate")?;
        table.row(&[name.to_owned(), format!("{rate:.0}")]);
        Ok(())
    };
    measure("memory", "memory")?;
    measure("redb, each write with fsync", &folder.join("tasks.redb").to_string_lossy())?;
    for (name, settings) in
        [("Redis, without persistence", &[][..]), ("Redis, each write with fsync", &DURABLE)]
    {
        let redis = RedisServer::start(settings).ok_or("`redis-server` is needed; install it")?;
        measure(name, &redis.url())?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(table)
}

/// Runs a program that prints its figures.
fn figures(command: &mut Command) -> Result<Value> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
