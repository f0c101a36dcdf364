//! Paired HTTP throughput: our server and an axum floor, in alternating rounds with the same load.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::callgrind::Lengths;
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);
const CONNECTIONS: [u32; 2] = [1, 32];

/// Figures of one server in one round.
#[derive(Clone, Copy, Debug)]
struct Round {
    calls_per_second: f64,
    p50_us: f64,
    p99_us: f64,
    cpu_us_per_call: f64,
}

/// Measures, and adds the tables to the report.
pub(super) fn measure(programs: &Programs, lengths: Lengths, report: &mut Report) -> Result<()> {
    require("taskset")?;
    for connections in CONNECTIONS {
        let (mut ours, mut floor) = (Vec::new(), Vec::new());
        for _ in 0..lengths.rounds {
            ours.push(round(
                programs,
                "bench_server",
                &["--tools", "10", "--http", "127.0.0.1:0"],
                connections,
                lengths.seconds,
            )?);
            floor.push(round(programs, "axum_floor", &[], connections, lengths.seconds)?);
        }
        report.add(table(connections, &ours, &floor));
    }
    Ok(())
}

fn table(connections: u32, ours: &[Round], floor: &[Round]) -> Table {
    let title = format!(
        "HTTP, `add(a, b)`, 2026-07-28, {connections} connection(s): medians of {} paired rounds",
        ours.len()
    );
    let mut table = Table::new(&title, &["server", "calls/s", "p50 µs", "p99 µs", "CPU µs/call"]);
    for (name, rounds) in [("ours, 10 tools", ours), ("floor: axum, JSON values", floor)] {
        let of = |figure: fn(&Round) -> f64, digits| {
            format!("{:.digits$}", median(rounds.iter().map(figure)))
        };
        table.row(&[
            name.to_owned(),
            of(|round| round.calls_per_second, 0),
            of(|round| round.p50_us, 0),
            of(|round| round.p99_us, 0),
            of(|round| round.cpu_us_per_call, 1),
        ]);
    }
    let pairs = |figure: fn(&Round) -> f64| {
        format!(
            "{:.2}",
            median(ours.iter().zip(floor).map(|(ours, floor)| figure(ours) / figure(floor)))
        )
    };
    table.row(&[
        "ours / floor, median of the pairs".to_owned(),
        pairs(|round| round.calls_per_second),
        pairs(|round| round.p50_us),
        pairs(|round| round.p99_us),
        pairs(|round| round.cpu_us_per_call),
    ]);
    table
}

fn round(
    programs: &Programs,
    program: &str,
    arguments: &[&str],
    connections: u32,
    seconds: f64,
) -> Result<Round> {
    let mut command = Processor::Server.command();
    command.arg(programs.path(program)?).args(arguments);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let before = cpu_nanoseconds(server.process().id())?;
    let seen = load(programs, server.address(), connections, seconds)?;
    let spent = cpu_nanoseconds(server.process().id())? - before;
    let figure = |key: &str| {
        seen[key].as_f64().ok_or_else(|| format!("the load reports no `{key}`: {seen}"))
    };
    let calls = figure("calls")?;
    Ok(Round {
        calls_per_second: calls / figure("seconds")?,
        p50_us: figure("p50_us")?,
        p99_us: figure("p99_us")?,
        cpu_us_per_call: spent as f64 / 1_000.0 / (calls + figure("warm_up")?),
    })
}

/// Runs the load generator against a server, and returns its figures.
fn load(programs: &Programs, address: &str, connections: u32, seconds: f64) -> Result<Value> {
    let mut command: Command = Processor::Load.command();
    command.arg(programs.path("load")?).args([
        address,
        &connections.to_string(),
        &seconds.to_string(),
    ]);
    let output = command.stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("the load failed: {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// CPU time of all threads of a process.
fn cpu_nanoseconds(process: u32) -> Result<u64> {
    let mut total = 0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let spent = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        total += spent.split(' ').next().unwrap_or_default().parse::<u64>()?;
    }
    Ok(total)
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0, 3.0, 2.0].into_iter()), 2.5);
        assert!(median(std::iter::empty()).is_nan());
    }
}
