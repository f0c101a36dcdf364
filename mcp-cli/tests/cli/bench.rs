use std::process::Stdio;

use mcp_tests::http::HttpServer;
use mcp_tests::process::{Captured, exit_code, send_signal};
use serde_json::{Value, json};

use crate::harness::{ERAS, Run, Terminal, example, program};

fn report(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn calls_are_counted_and_measured_in_both_eras() {
    for era in ERAS {
        let arguments =
            ["bench", "add", "a=1", "b=2", "-n", "200", "-c", "8", "--era", era, "--json"];
        let run = Run::of(&[&arguments[..], &["--", &example("torture")]].concat());
        assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
        let report = report(&run);
        assert_eq!((&report["calls"], &report["succeeded"]), (&json!(200), &json!(200)));
        let no_failures = json!({ "tool": 0, "protocol": 0, "timeout": 0, "connection": 0 });
        assert_eq!(report["failures"], no_failures, "{report:#}");
        let latency = &report["latency"];
        let part = |name: &str| latency[name].as_f64().unwrap();
        assert!(part("min") > 0.0 && part("min") <= part("p50"), "{latency}");
        assert!(part("p50") <= part("p90") && part("p90") <= part("p99"), "{latency}");
        assert!(part("p99") <= part("max") && part("max") < 60_000.0, "{latency}");
        assert!(report["callsPerSecond"].as_f64().unwrap() > 0.0, "{report:#}");
        assert!(report["client"]["processors"].as_f64().unwrap() > 0.0, "{report:#}");
    }
}

#[test]
fn latencies_are_those_of_the_tool() {
    let arguments = ["bench", "slow", "ms=20", "--force", "-n", "4", "-c", "2", "--warmup", "0"];
    let run = Run::of(&[&arguments[..], &["--json", "--", &example("torture")]].concat());
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = report(&run);
    for name in ["min", "mean", "p50", "p99", "max"] {
        let latency = report["latency"][name].as_f64().unwrap();
        assert!(
            (19.9..1000.0 * report["seconds"].as_f64().unwrap()).contains(&latency),
            "{report:#}"
        );
    }
    // Two calls at a time, twice one after the other.
    assert!(report["seconds"].as_f64().unwrap() >= 0.04, "{report:#}");
}

#[test]
fn a_run_over_http_has_several_connections() {
    let server = HttpServer::start("stock_prices");
    let url = format!("http://{}/mcp", server.address);
    let arguments = ["bench", "get_stock_price", "symbol=AAPL", "--target", &url];
    let run = Run::of(&[&arguments[..], &["-d", "100ms", "--connections", "3"]].concat());
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    let heading = "get_stock_price · MCP 2026-07-28 · 10 at a time over 3 connections\n";
    assert!(run.stdout.starts_with(heading), "{run:?}");
    for part in ["\n  calls    ", "/s\n", "\n  latency  min ", ", p99 "] {
        assert!(run.stdout.contains(part), "{part}: {run:?}");
    }
    let run = Run::of(&["bench", "add", "--connections", "2", "--", &example("torture")]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stderr.starts_with("error: `--connections` needs a server at a URL"), "{run:?}");
}

#[test]
fn tools_that_change_something_are_called_on_demand_only() {
    let server = example("torture");
    let run = Run::of(&["bench", "fail", "-n", "5", "--", &server]);
    assert_eq!((run.code, &*run.stdout), (Some(2), ""), "{run:?}");
    let message = "error: `fail` is marked neither as read-only nor as idempotent";
    assert!(run.stderr.starts_with(message) && run.stderr.contains("`--force`"), "{run:?}");
    let run = Run::of(&["bench", "fail", "-n", "5", "--force", "--", &server]);
    assert_eq!((run.code, &*run.stderr), (Some(5), ""), "{run:?}");
    let line = "  errors   5 failed in the tool; first: this tool always fails\n";
    assert!(format!("{}\n", run.stdout).contains(line), "{run:?}");
}

#[test]
fn failures_are_counted_by_their_kind() {
    let server = example("torture");
    let timeout = ["bench", "slow", "ms=600000", "--force", "--warmup", "0", "-n", "2"];
    let run = Run::of(&[&timeout[..], &["--timeout", "0.05", "--json", "--", &server]].concat());
    assert_eq!(run.code, Some(5), "{run:?}");
    let report_of_timeout = report(&run);
    assert_eq!(report_of_timeout["failures"]["timeout"], 2, "{report_of_timeout:#}");
    assert_eq!(report_of_timeout.get("latency"), None);
    // A server that ends at its second call.
    let script = format!("{server} | sed -u 4q");
    let arguments =
        ["bench", "add", "a=1", "b=2", "-n", "50", "-c", "1", "--warmup", "0", "--json"];
    let legacy = ["--era", "legacy", "--", "sh", "-c", &script];
    let run = Run::of(&[&arguments[..], &legacy].concat());
    assert_eq!(run.code, Some(5), "{run:?}");
    let report = report(&run);
    assert_eq!(report["failures"]["connection"], 1, "{report:#}");
    assert!(report["calls"].as_u64().unwrap() < 50, "{report:#}");
}

#[test]
fn an_interrupt_prints_what_was_measured() {
    let mut command = program();
    command.args([
        "bench",
        "add",
        "a=1",
        "b=2",
        "-d",
        "10m",
        "--verbose",
        "--",
        &example("torture"),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let shown = Captured::of(child.stderr.take().unwrap());
    let printed = Captured::of(child.stdout.take().unwrap());
    // The messages of the calls that are measured come after those of the warm-up.
    let mut seen = 0;
    for _ in 0..40 {
        seen = shown.wait_for_after(seen, "tools/call");
    }
    send_signal(child.id(), "INT");
    assert_eq!(exit_code(&mut child), Some(130), "{}", printed.text());
    let printed = printed.wait_for_end();
    assert!(printed.contains("\n  calls    ") && printed.contains("\n  latency  "), "{printed}");
}

#[test]
fn the_progress_is_shown_in_a_terminal() {
    let server = example("torture");
    let arguments = ["bench", "slow", "ms=1", "--force", "-n", "300", "-c", "1", "--", &server];
    let (code, shown) = Terminal::start(&arguments).finish();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("━") && shown.contains(" calls, "), "{shown}");
}
