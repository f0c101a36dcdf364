use serde_json::{Value, json};

use crate::harness::{Run, example, program};
use crate::package::{Directory, package, program_in};

/// The status of each check, by name.
fn statuses(run: &Run) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = document["checks"].as_array().into_iter().flatten();
    checks.map(|check| (text(&check["name"]), text(&check["status"]))).collect()
}

fn status(run: &Run, name: &str) -> String {
    let statuses = statuses(run);
    let found = statuses.iter().find(|(it, _)| it == name);
    found.unwrap_or_else(|| panic!("no {name} in {run:?}")).1.clone()
}

#[test]
fn a_sound_server_passes_every_check() {
    let run = Run::of(&["doctor", "--", &example("stock_prices")]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for expected in
        ["ok    start ", "ok    stdout       JSON-RPC only\n", "MCP 2026-07-28, 1 tool "]
    {
        assert!(run.stdout.contains(expected), "{expected}: {run:?}");
    }
    let run = Run::of(&["doctor", "--json", "--", &example("stock_prices")]);
    let names: Vec<_> = statuses(&run);
    let names: Vec<_> = names.iter().map(|(name, status)| (&**name, &**status)).collect();
    let expected = ["start", "stdout", "end", "environment", "modern era", "legacy era"];
    assert_eq!(names, expected.map(|name| (name, "ok")));
}

#[test]
fn stray_output_is_found_and_its_text_is_harmless() {
    let server = format!("printf 'Loading \\033[2Jdata\\n'; exec {}", example("stock_prices"));
    let run = Run::of(&["doctor", "--", "sh", "-c", &server]);
    assert_eq!(run.code, Some(6), "{run:?}");
    assert!(run.stdout.contains("fail  stdout "), "{run:?}");
    assert!(run.stdout.contains("first: Loading \u{fffd}[2Jdata\n"), "{run:?}");
    assert!(run.stdout.contains("→ print to standard error"), "{run:?}");
}

#[test]
fn a_server_that_needs_a_variable_is_found() {
    let server = format!("test -n \"$PROBE_KEY\" && exec {}", example("stock_prices"));
    let arguments = ["doctor", "--json", "--", "sh", "-c", &server];
    let run = Run::of_command(program().args(arguments).env("PROBE_KEY", "1"));
    assert_eq!((run.code, &*status(&run, "environment")), (Some(0), "warn"), "{run:?}");
}

#[test]
fn a_program_that_is_no_server_fails() {
    let run = Run::of(&["doctor", "--json", "--", "true"]);
    assert_eq!(run.code, Some(6), "{run:?}");
    let found = ["start", "modern era", "legacy era"].map(|name| status(&run, name));
    assert_eq!(found, ["fail", "fail", "fail"], "{run:?}");
    let run = Run::of(&["doctor", "--json", "--", "/nonexistent/server"]);
    assert_eq!((run.code, &*status(&run, "start")), (Some(6), "fail"), "{run:?}");
}

#[test]
fn a_package_without_a_server_is_diagnosed() {
    let package = package("fn main() { missing() }");
    let run = Run::of_command(&mut program_in(&package, &["doctor", "--json"]));
    assert_eq!(run.code, Some(6), "{run:?}");
    assert_eq!(
        json!(statuses(&run)),
        json!([["toolchain", "ok"], ["package", "warn"], ["build", "fail"]])
    );
}

#[test]
fn without_a_package_there_is_no_build() {
    let directory = Directory::new();
    let run = Run::of_command(&mut program_in(&directory, &["doctor"]));
    assert_eq!((run.code, &*run.stderr), (Some(6), ""), "{run:?}");
    assert!(run.stdout.contains("fail  package "), "{run:?}");
    assert!(run.stdout.trim_end().ends_with("or `cargo mcp new NAME` makes one"), "{run:?}");
}
