//! `cargo mcp bench`: calls a tool again and again, and measures how long it takes.
//!
//! Each of `--concurrency` workers sends a call when its former one is answered, so that a slow server gets
//! fewer calls. `load` has the workers, `figures` what they measure, `processor` the time of this program.

mod figures;
mod load;
mod processor;

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use mcp_runtime::client::Client;
use mcp_runtime::protocol::Tool;

use self::figures::Figures;
use self::load::{Load, Plan};
use self::processor::Processor;
use crate::abort;
use crate::arguments::OutputArguments;
use crate::commands::find::find;
use crate::connect::connect_to;
use crate::exit::{Exit, Failure};
use crate::input::ToolInput;
use crate::output::{print, print_json, screen};
use crate::target::{Target, TargetArguments};

/// Measures how fast a tool answers
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  cargo mcp bench forecast city=Paris --release
  cargo mcp bench forecast city=Paris -c 50 -d 30s --target http://127.0.0.1:8000/mcp --connections 4
  cargo mcp bench add a=1 b=2 -n 10000 --json -- ./calculator

Only tools that are marked as read-only or idempotent are called, unless `--force` is given.
Ctrl-C ends the run and prints what was measured. Exit codes: 0 if all calls succeeded, 5 otherwise.")]
pub(crate) struct BenchArguments {
    /// Name of the tool
    tool: String,
    #[command(flatten)]
    input: ToolInput,
    /// Number of calls at the same time
    #[arg(short, long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    concurrency: u32,
    /// Time of the run, such as `10s`, `500ms` or `2m`
    #[arg(short, long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// Number of calls, instead of a time
    #[arg(short = 'n', long, value_name = "COUNT", conflicts_with = "duration", value_parser = clap::value_parser!(u64).range(1..))]
    calls: Option<u64>,
    /// Number of calls before those that are measured
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    warmup: u64,
    /// Number of connections to a server at a URL
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    connections: u32,
    /// Calls the tool although calls may change something
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    target: TargetArguments,
}

pub(crate) async fn run(
    arguments: BenchArguments,
    output: &OutputArguments,
) -> Result<(), Failure> {
    let target = arguments.target.resolve()?;
    if arguments.connections > 1 && matches!(target, Target::Program(_)) {
        return Err(Failure::usage("`--connections` needs a server at a URL")
            .note("a program on stdio has one connection; `--concurrency` applies to it"));
    }
    let mut clients = Vec::new();
    if arguments.connections > arguments.concurrency {
        let message = "expected at least one call at a time for each connection (`-c`)";
        return Err(Failure::usage(message));
    }
    for _ in 0..arguments.connections {
        clients.push(connect_to(&target, &arguments.target.connection).await?);
    }
    let client = &clients[0];
    let tool: Tool = find(client, &arguments.tool).await?;
    check_harmless(&tool, arguments.force)?;
    let input = arguments.input.for_tool(&tool)?;
    let timeout = arguments.target.connection.timeout();
    let load = Load { tool: tool.name.to_string(), input, timeout };
    let interrupt = abort::interrupt();
    tokio::pin!(interrupt);
    let warm = Arc::new(Plan::of_calls(arguments.warmup));
    let is_interrupted = load.run(&clients, arguments.concurrency, &warm, &mut interrupt).await.1;
    let plan = Arc::new(match arguments.calls {
        Some(calls) => Plan::of_calls(calls),
        None => Plan::of_time(arguments.duration),
    });
    let processor = Processor::start();
    let mut result = None;
    if !is_interrupted {
        result = Some(load.run(&clients, arguments.concurrency, &plan, &mut interrupt).await);
    }
    screen::clear();
    let (tally, is_interrupted) = result.ok_or_else(Failure::cancelled)?;
    let usage = processor.usage();
    let server = client.server_info();
    close(&clients).await;
    let figures = Figures::new(&arguments, &tool, &server, &tally, plan.elapsed(), usage);
    match output.json {
        true => print_json(&figures)?,
        false => print(&figures.text())?,
    }
    match figures.has_failed() {
        _ if is_interrupted => Err(Failure::reported(Exit::Cancelled)),
        true => Err(Failure::reported(Exit::Failed)),
        false => Ok(()),
    }
}

/// # Errors
/// If many calls of a tool may change more than one.
fn check_harmless(tool: &Tool, is_forced: bool) -> Result<(), Failure> {
    let hints = tool.annotations.as_ref();
    let is_set = |hint: Option<Option<bool>>| hint.flatten() == Some(true);
    let is_harmless =
        is_set(hints.map(|it| it.read_only_hint)) || is_set(hints.map(|it| it.idempotent_hint));
    if is_harmless || is_forced {
        return Ok(());
    }
    let name = &tool.name;
    Err(Failure::usage(format!("`{name}` is marked neither as read-only nor as idempotent"))
        .note("each of thousands of calls may change something; `--force` calls it all the same")
        .note("the server marks it with `readOnlyHint` or `idempotentHint`: `#[tool(read_only)]`"))
}

async fn close(clients: &[Client]) {
    for client in clients {
        client.close().await;
    }
}

/// A time such as `10s`, `500ms` or `2m`; without a unit in seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let split = text.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("expected a time such as `10s`, `500ms` or `2m`".into()),
    };
    let number: f64 = number.trim().parse().map_err(|_| "expected a time such as `10s`")?;
    let time = Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("expected a time above zero".into()) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in
            [("10s", 10_000), ("0.5", 500), ("250ms", 250), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "-1s", "10d", "1e999", "0s", "NaN"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
