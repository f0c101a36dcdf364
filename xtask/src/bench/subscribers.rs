//! Many subscribers of one resource: checks that all receive the last value, and measures the cost.

use std::time::Duration;

use serde_json::Value;

use super::callgrind::Lengths;
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);
const SUBSCRIBERS: u32 = 1000;

/// Measures, and adds the table to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("taskset")?;
    let mut table = Table::new(
        &format!(
            "HTTP, {SUBSCRIBERS} subscribers of one resource, each reads it after a notification"
        ),
        &[
            "era",
            "changes",
            "notifications, of changes × subscribers",
            "changed within ms",
            "all have the last value after ms",
            "KiB a subscriber",
            "most KiB a subscriber",
        ],
    );
    let many = 5 * lengths.short;
    for era in ["modern", "legacy"] {
        for changes in [1, 100, many] {
            let seen = run(programs, era, changes)?;
            table.row(&row(era, changes, &seen)?);
        }
    }
    report.add(table);
    Ok(())
}

/// Runs a server and its subscribers. Fails if a subscriber misses the last value.
fn run(programs: &Programs, era: &str, changes: u32) -> Result<Value> {
    let mut command = Processor::Server.command();
    command.arg(programs.path("watched_server")?).args(["--http", "127.0.0.1:0"]);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let process = server.process().id().to_string();
    let output = Processor::Load
        .command()
        .arg(programs.path("subscribers")?)
        .args([server.address(), &process, era, &SUBSCRIBERS.to_string(), &changes.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the subscribers failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn row(era: &str, changes: u32, seen: &Value) -> Result<[String; 7]> {
    let figure = |key: &str| {
        seen[key].as_f64().ok_or_else(|| format!("the subscribers report no `{key}`: {seen}"))
    };
    let subscribers = f64::from(SUBSCRIBERS);
    let idle = figure("idle_kib")?;
    let notified = figure("notified")?;
    let share = 100.0 * notified / subscribers / f64::from(changes);
    let of_one = |memory: f64| format!("{:.1}", (memory - idle) / subscribers);
    Ok([
        era.to_owned(),
        changes.to_string(),
        format!("{notified:.0} ({share:.0} %)"),
        format!("{:.0}", figure("changed_ms")?),
        format!("{:.0}", figure("last_ms")?),
        of_one(figure("subscribed_kib")?),
        of_one(figure("peak_kib")?),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_of_one_subscriber() {
        let seen = serde_json::json!({
            "notified": 50_000, "changed_ms": 1.4, "last_ms": 20.0, "idle_kib": 10_000,
            "subscribed_kib": 15_000, "peak_kib": 20_000,
        });
        let expected = ["legacy", "100", "50000 (50 %)", "1", "20", "5.0", "10.0"];
        assert_eq!(row("legacy", 100, &seen).unwrap(), expected.map(str::to_owned));
    }
}
