//! Clients over HTTP that leave calls behind, or keep memory of the server in use.

use std::time::Duration;

use serde_json::Value;

use super::super::callgrind::Lengths;
use super::super::programs::{Processor, Programs};
use super::super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);

/// Name of an attack, number of clients, and what each client does.
type Attack = (&'static str, u32, &'static str);

const LEAVING: [Attack; 3] = [
    ("disconnects", 10_010, "modern call, one byte more, close"),
    ("calls", 10_010, "call in a legacy session of 1,000 calls, one byte more, close"),
    ("sessions", 10_100, "`initialize`, a call that waits, close"),
];

const HOLDING: [Attack; 3] = [
    ("requests", 200, "call with 4 MiB of `_meta` that waits, close after 10 s"),
    ("listens", 1500, "`subscriptions/listen` to 1,000 URIs, close"),
    ("unread", 200, "call with an answer of 3.9 MB, read nothing, never close"),
];

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    let divisor = if lengths.is_quick() { 10 } else { 1 };
    report.add(measure_leaving(programs, divisor)?);
    report.add(measure_holding(programs, divisor)?);
    Ok(())
}

fn measure_leaving(programs: &Programs, divisor: u32) -> Result<Table> {
    let mut table = Table::new(
        "HTTP, clients that leave calls behind, and what other clients see",
        &[
            "each client",
            "clients",
            "all done after s",
            "slowest answer to another client meanwhile, ms",
            "100 new sessions open after s",
            "calls that run on",
            "descriptors of the server at the end",
            "MiB before",
            "most MiB",
        ],
    );
    for (attack, clients, about) in LEAVING {
        let seen = run(programs, attack, clients / divisor)?;
        table.row(&left(about, clients / divisor, &seen)?);
    }
    Ok(table)
}

fn measure_holding(programs: &Programs, divisor: u32) -> Result<Table> {
    let mut table = Table::new(
        "HTTP, clients that hold memory, and what another client sees",
        &[
            "each client",
            "clients",
            "refused",
            "answers to another client meanwhile",
            "the slowest, ms",
            "connections gone after s",
            "calls that run on",
            "MiB before",
            "most MiB",
        ],
    );
    for (attack, clients, about) in HOLDING {
        let seen = run(programs, attack, clients / divisor)?;
        table.row(&held(about, clients / divisor, &seen)?);
    }
    Ok(table)
}

/// Runs a server and the attack. Fails if another client is not served.
fn run(programs: &Programs, attack: &str, clients: u32) -> Result<Value> {
    let mut command = Processor::Server.command();
    command.arg(programs.path("attacked_server")?).args(["--http", "127.0.0.1:0"]);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let process = server.process().id().to_string();
    let output = Processor::Load
        .command()
        .arg(programs.path("attacks")?)
        .args([server.address(), &process, attack, &clients.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the attack `{attack}` was not survived: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn left(about: &str, clients: u32, seen: &Value) -> Result<[String; 9]> {
    let refused = figure(seen, "bystander_refused")?;
    if refused > 0.0 {
        return Err(format!("{refused} calls of another client were refused").into());
    }
    Ok([
        about.to_owned(),
        clients.to_string(),
        format!("{:.1}", figure(seen, "took_ms")? / 1000.0),
        format!("{:.0}", figure(seen, "slowest_ms")?),
        format!("{:.1}", figure(seen, "sessions_after_ms")? / 1000.0),
        format!("{:.0}", figure(seen, "running")?),
        format!("{:.0}", figure(seen, "descriptors")?),
        mebibytes(figure(seen, "idle_kib")?),
        mebibytes(figure(seen, "peak_kib")?),
    ])
}

fn held(about: &str, clients: u32, seen: &Value) -> Result<[String; 9]> {
    let answered = figure(seen, "answered")?;
    Ok([
        about.to_owned(),
        clients.to_string(),
        format!("{:.0}", figure(seen, "refused")?),
        format!("{answered:.0} of {:.0} calls", answered + figure(seen, "bystander_refused")?),
        format!("{:.0}", figure(seen, "slowest_ms")?),
        format!("{:.1}", figure(seen, "gone_after_ms")? / 1000.0),
        format!("{:.0}", figure(seen, "running")?),
        mebibytes(figure(seen, "idle_kib")?),
        mebibytes(figure(seen, "peak_kib")?),
    ])
}

fn figure(seen: &Value, key: &str) -> Result<f64> {
    Ok(seen[key].as_f64().ok_or_else(|| format!("the clients report no `{key}`: {seen}"))?)
}

fn mebibytes(kib: f64) -> String {
    format!("{:.0}", kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_show_what_other_clients_see() {
        let mut seen = serde_json::json!({
            "took_ms": 2540.0, "slowest_ms": 12.4, "sessions_after_ms": 100.0, "running": 3,
            "descriptors": 20, "idle_kib": 5120, "peak_kib": 10_240, "answered": 9,
            "bystander_refused": 0, "refused": 4, "gone_after_ms": 30_010.0,
        });
        let expected = ["x", "7", "2.5", "12", "0.1", "3", "20", "5", "10"];
        assert_eq!(left("x", 7, &seen).unwrap(), expected.map(str::to_owned));
        seen["bystander_refused"] = 1.into();
        assert!(left("x", 7, &seen).is_err());
        let expected = ["x", "7", "4", "9 of 10 calls", "12", "30.0", "3", "5", "10"];
        assert_eq!(held("x", 7, &seen).unwrap(), expected.map(str::to_owned));
    }
}
