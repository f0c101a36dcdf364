//! Figures of a run.

use std::fmt::Write as _;
use std::time::Duration;

use mcp_runtime::client::ServerInfo;
use mcp_runtime::protocol::Tool;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use super::BenchArguments;
use super::load::{Failures, Tally};
use super::processor::Usage;
use crate::output::plain;

/// Figures of a run, as `--json` prints them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Figures<'a> {
    tool: &'a str,
    protocol_version: &'a str,
    concurrency: u32,
    connections: u32,
    seconds: f64,
    /// Answered calls.
    calls: u64,
    succeeded: u64,
    calls_per_second: f64,
    /// Of calls that succeeded; absent if none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<Latency>,
    failures: Failures,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<&'a str>,
    /// Processors that this program used.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<Usage>,
    /// `true` if this program may be what limits the figures.
    is_client_limit: bool,
}

/// Latencies in milliseconds.
#[derive(Serialize)]
struct Latency {
    min: f64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl<'a> Figures<'a> {
    pub(super) fn new(
        arguments: &BenchArguments,
        tool: &'a Tool,
        server: &'a ServerInfo,
        tally: &'a Tally,
        elapsed: Duration,
        client: Option<Usage>,
    ) -> Self {
        let Tally { latencies, failures, first_failure } = tally;
        let (succeeded, seconds) = (latencies.len(), elapsed.as_secs_f64());
        let calls = succeeded + failures.count();
        let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
        let part = |quantile| milliseconds(latencies.value_at_quantile(quantile));
        Self {
            tool: &tool.name,
            protocol_version: server.revision.as_str(),
            concurrency: arguments.concurrency,
            connections: arguments.connections,
            seconds,
            calls,
            succeeded,
            calls_per_second: (succeeded + failures.answered()) as f64 / seconds.max(f64::EPSILON),
            latency: (succeeded > 0).then(|| Latency {
                min: milliseconds(latencies.min()),
                mean: latencies.mean() / 1e6,
                p50: part(0.5),
                p90: part(0.9),
                p99: part(0.99),
                max: milliseconds(latencies.max()),
            }),
            failures: failures.clone(),
            first_failure: first_failure.as_deref(),
            client,
            is_client_limit: client.is_some_and(Usage::is_limit),
        }
    }

    /// `true` if a call failed, or none was answered.
    pub(super) fn has_failed(&self) -> bool {
        self.succeeded < self.calls || self.calls == 0
    }

    pub(super) fn text(&self) -> String {
        let Self { tool, protocol_version, concurrency, connections, seconds, calls, .. } = self;
        let s = if *connections == 1 { "" } else { "s" };
        let mut text = format!(
            "{} · MCP {protocol_version} · {concurrency} at a time over {connections} connection{s}\n",
            plain(tool).bold()
        );
        let rate = self.calls_per_second;
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  calls    {calls} in {seconds:.2} s, {}",
            format_args!("{rate:.0}/s").bold()
        );
        if let Some(Latency { min, mean, p50, p90, p99, max }) = &self.latency {
            let shown = [
                ("min", min),
                ("mean", mean),
                ("p50", p50),
                ("p90", p90),
                ("p99", p99),
                ("max", max),
            ];
            let shown = shown.map(|(name, value)| format!("{name} {}", time(*value)));
            let _ = writeln!(text, "  latency  {}", shown.join(", "));
        }
        let Failures { tool, protocol, timeout, connection } = &self.failures;
        let kinds = [
            (tool, "failed in the tool"),
            (protocol, "refused"),
            (timeout, "timed out"),
            (connection, "lost with the connection"),
        ];
        let kinds = kinds.iter().filter(|(count, _)| **count > 0);
        let kinds: Vec<_> = kinds.map(|(count, kind)| format!("{count} {kind}")).collect();
        if !kinds.is_empty() {
            let first = self.first_failure.unwrap_or_default();
            let _ = writeln!(
                text,
                "  {}   {}; first: {}",
                "errors".red(),
                kinds.join(", "),
                plain(first)
            );
        }
        if let Some(Usage { processors, available }) = self.client.filter(|it| it.is_limit()) {
            let _ = writeln!(
                text,
                "  {}     this program used {processors:.1} of {available} processors: the server may be \
                 faster than measured",
                "note".yellow()
            );
        }
        text.trim_end().to_owned()
    }
}

/// Milliseconds with three digits that count.
fn time(milliseconds: f64) -> String {
    match milliseconds {
        it if it >= 100.0 => format!("{it:.0} ms"),
        it if it >= 10.0 => format!("{it:.1} ms"),
        it if it >= 1.0 => format!("{it:.2} ms"),
        it => format!("{it:.3} ms"),
    }
}
