//! Clients that hold no socket and try to use up connections and sessions: checks that others are
//! served, and measures what the attack costs.

use std::time::Duration;

use serde_json::Value;

use super::callgrind::Lengths;
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);

/// The attacks, and what each client does. The limits of connections and of sessions are 10,000.
const ATTACKS: [(&str, u32, &str); 3] = [
    ("disconnects", 10_010, "modern call, one byte more, close"),
    ("calls", 10_010, "call of a legacy session, one byte more, close"),
    ("sessions", 10_100, "`initialize`, a call that waits, close"),
];

/// Measures, and adds the table to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("taskset")?;
    let mut table = Table::new(
        "HTTP, clients that leave calls behind: what the next client finds",
        &[
            "each client",
            "clients",
            "all done within s",
            "first answer after ms",
            "calls that run",
            "descriptors of the server",
            "next session after s",
            "most MiB",
        ],
    );
    let divisor = if lengths.is_quick() { 10 } else { 1 };
    for (attack, clients, about) in ATTACKS {
        let seen = run(programs, attack, clients / divisor)?;
        table.row(&row(about, clients / divisor, &seen)?);
    }
    report.add(table);
    Ok(())
}

/// Runs a server and the attack. Fails if nobody is served afterwards.
fn run(programs: &Programs, attack: &str, clients: u32) -> Result<Value> {
    let mut command = Processor::Server.command();
    command.arg(programs.path("attacks")?).args(["serve", "--http", "127.0.0.1:0"]);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let process = server.process().id().to_string();
    let output = Processor::Load
        .command()
        .arg(programs.path("attacks")?)
        .args([server.address(), &process, attack, &clients.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the attack {attack} was not survived: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn row(about: &str, clients: u32, seen: &Value) -> Result<[String; 8]> {
    let figure = |key: &str| {
        seen[key].as_f64().ok_or_else(|| format!("the clients report no `{key}`: {seen}"))
    };
    Ok([
        about.to_owned(),
        clients.to_string(),
        format!("{:.1}", figure("took_ms")? / 1000.0),
        format!("{:.1}", figure("answered_ms")?),
        format!("{:.0}", figure("running")?),
        format!("{:.0}", figure("descriptors")?),
        format!("{:.1}", figure("session_after_ms")? / 1000.0),
        format!("{:.0}", figure("peak_kib")? / 1024.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_what_the_next_client_finds() {
        let seen = serde_json::json!({
            "took_ms": 2500.0, "answered_ms": 1.25, "running": 3, "descriptors": 20,
            "session_after_ms": 100.0, "peak_kib": 10_240,
        });
        let expected = ["x", "7", "2.5", "1.2", "3", "20", "0.1", "10"];
        assert_eq!(row("x", 7, &seen).unwrap(), expected.map(str::to_owned));
    }
}
