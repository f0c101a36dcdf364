//! Clients over HTTP that leave calls behind and hold no socket.

use std::time::Duration;

use serde_json::Value;

use super::super::callgrind::Lengths;
use super::super::programs::{Processor, Programs};
use super::super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);

/// Names of the attacks, numbers of clients, and what each client does.
const ATTACKS: [(&str, u32, &str); 3] = [
    ("disconnects", 10_010, "modern call, one byte more, close"),
    ("calls", 10_010, "call in one of 11 legacy sessions, one byte more, close"),
    ("sessions", 10_100, "`initialize`, a call that waits, close"),
];

/// Measures, and adds the table to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
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
    let divisor = if lengths.is_quick() { 10 } else { 1 };
    for (attack, clients, about) in ATTACKS {
        let seen = run(programs, attack, clients / divisor)?;
        table.row(&row(about, clients / divisor, &seen)?);
    }
    report.add(table);
    Ok(())
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

fn row(about: &str, clients: u32, seen: &Value) -> Result<[String; 9]> {
    let figure = |key: &str| {
        seen[key].as_f64().ok_or_else(|| format!("the clients report no `{key}`: {seen}"))
    };
    Ok([
        about.to_owned(),
        clients.to_string(),
        format!("{:.1}", figure("took_ms")? / 1000.0),
        format!("{:.0}", figure("slowest_ms")?),
        format!("{:.1}", figure("sessions_after_ms")? / 1000.0),
        format!("{:.0}", figure("running")?),
        format!("{:.0}", figure("descriptors")?),
        format!("{:.0}", figure("idle_kib")? / 1024.0),
        format!("{:.0}", figure("peak_kib")? / 1024.0),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_what_other_clients_see() {
        let seen = serde_json::json!({
            "took_ms": 2540.0, "slowest_ms": 12.4, "sessions_after_ms": 100.0, "running": 3,
            "descriptors": 20, "idle_kib": 5120, "peak_kib": 10_240,
        });
        let expected = ["x", "7", "2.5", "12", "0.1", "3", "20", "5", "10"];
        assert_eq!(row("x", 7, &seen).unwrap(), expected.map(str::to_owned));
    }
}
