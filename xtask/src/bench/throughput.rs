//! Paired HTTP throughput: our server and the floors, in alternating rounds with the same load.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::callgrind::Lengths;
use super::calls::{Era, Tool};
use super::programs::{Processor, Programs, require};
use super::report::{Report, Table};
use crate::Result;
use crate::process::HttpServer;

const START_LIMIT: Duration = Duration::from_secs(10);
const RUNS: [(Tool, u32); 4] = [(Tool::Add, 1), (Tool::Add, 32), (Tool::Echo, 1), (Tool::Echo, 32)];

/// The servers: name in the report, program, arguments. The first one is ours.
const SERVERS: [(&str, &str, &[&str]); 3] = [
    ("ours, 10 tools", "bench_server", &["--tools", "10", "--http", "127.0.0.1:0"]),
    ("floor: axum, JSON values", "axum_floor", &[]),
    ("floor: bare hyper", "floor_http", &[]),
];

/// What the load generator does.
#[derive(Clone, Copy, Debug)]
struct Load {
    tool: Tool,
    connections: u32,
    seconds: f64,
}

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
    for (tool, connections) in RUNS {
        let load = Load { tool, connections, seconds: lengths.seconds };
        let mut servers = SERVERS.map(|(name, ..)| (name, Vec::new()));
        for _ in 0..lengths.rounds {
            for ((_, program, arguments), (_, rounds)) in SERVERS.into_iter().zip(&mut servers) {
                rounds.push(round(programs, program, arguments, load)?);
            }
        }
        report.add(table(load, &servers));
    }
    Ok(())
}

fn table(load: Load, servers: &[(&str, Vec<Round>); 3]) -> Table {
    let [(_, ours), floors @ ..] = servers;
    let title = format!(
        "HTTP, {}, 2026-07-28, {} connection(s): medians of {} paired rounds",
        load.tool.title(),
        load.connections,
        ours.len()
    );
    let mut table = Table::new(&title, &["server", "calls/s", "p50 µs", "p99 µs", "CPU µs/call"]);
    for (name, rounds) in servers {
        let of = |figure: fn(&Round) -> f64, digits| {
            format!("{:.digits$}", median(rounds.iter().map(figure)))
        };
        table.row(&[
            (*name).to_owned(),
            of(|round| round.calls_per_second, 0),
            of(|round| round.p50_us, 0),
            of(|round| round.p99_us, 0),
            of(|round| round.cpu_us_per_call, 1),
        ]);
    }
    for (name, floor) in floors {
        let pairs = |figure: fn(&Round) -> f64| {
            format!(
                "{:.2}",
                median(ours.iter().zip(floor).map(|(ours, floor)| figure(ours) / figure(floor)))
            )
        };
        table.row(&[
            format!("ours / {name}, median of the pairs"),
            pairs(|round| round.calls_per_second),
            pairs(|round| round.p50_us),
            pairs(|round| round.p99_us),
            pairs(|round| round.cpu_us_per_call),
        ]);
    }
    table
}

fn round(programs: &Programs, program: &str, arguments: &[&str], load: Load) -> Result<Round> {
    let mut command = Processor::Server.command();
    command.arg(programs.path(program)?).args(arguments);
    let mut server = HttpServer::start(&mut command, START_LIMIT)?;
    let before = cpu_nanoseconds(server.process().id())?;
    let seen = run(programs, server.address(), load)?;
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

/// Runs the load generator against a server, and returns its figures. The generator reads its request
/// from stdin.
fn run(programs: &Programs, address: &str, load: Load) -> Result<Value> {
    let mut command: Command = Processor::Load.command();
    let (connections, seconds) = (load.connections.to_string(), load.seconds.to_string());
    command.arg(programs.path("load")?).args([address, &connections, &seconds, load.tool.name()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut input = child.stdin.take().ok_or("the load generator has no stdin")?;
    input.write_all(load.tool.request(Era::Modern, 0).as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
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
