use serde_json::json;

use crate::harness::{Run, example};

#[test]
fn tools_have_their_signature_and_hints() {
    let run = Run::of(&["list", "--", &example("stock_prices")]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.starts_with("stock-prices 1.0.0 · MCP 2026-07-28\n"), "{run:?}");
    assert!(run.stdout.contains("\n  get_stock_price(symbol: string)  [read-only]  "), "{run:?}");
    let run = Run::of(&["list", "--era", "legacy", "--", &example("stock_prices")]);
    assert!(run.stdout.starts_with("stock-prices 1.0.0 · MCP 2025-11-25\n"), "{run:?}");
}

#[test]
fn json_has_the_names_of_the_protocol() {
    let listed = Run::of(&["list", "--json", "--", &example("resources")]).json();
    assert!(listed["resources"][0]["uri"].is_string(), "{listed:#}");
    assert!(listed["resourceTemplates"][0]["uriTemplate"].is_string(), "{listed:#}");
    assert_eq!(listed["prompts"], json!([]));
    let tools = Run::of(&["list", "tools", "--json", "--", &example("stock_prices")]).json();
    assert_eq!(tools["tools"][0]["inputSchema"]["type"], "object");
    assert_eq!(tools.as_object().map(|it| it.len()), Some(1), "no other kind was asked for");
}

#[test]
fn a_server_that_does_not_start_has_an_exit_code() {
    let run = Run::of(&["list", "--", "/nonexistent/server"]);
    assert_eq!((run.code, &*run.stdout), (Some(4), ""), "{run:?}");
    assert!(run.stderr.starts_with("error: starting `/nonexistent/server` failed"), "{run:?}");
    let run = Run::of(&["list", "--json", "--target", "weather"]);
    assert_eq!((run.code, &run.error()["code"]), (Some(2), &json!("usage")), "{run:?}");
}

#[test]
fn the_messages_of_both_sides_are_shown_on_demand() {
    for era in ["legacy", "modern"] {
        let server = example("stock_prices");
        let run = Run::of(&["list", "--verbose", "--era", era, "--", &server]);
        assert_eq!(run.code, Some(0), "{run:?}");
        for start in ["--> {\"jsonrpc\":\"2.0\"", "<-- {\"jsonrpc\":\"2.0\""] {
            assert!(run.stderr.lines().any(|line| line.starts_with(start)), "{run:?}");
        }
        assert!(run.stderr.contains("\"tools/list\""), "{run:?}");
        let run = Run::of(&["list", "--era", era, "--", &server]);
        assert!(!run.stderr.contains("jsonrpc"), "{run:?}");
    }
}
