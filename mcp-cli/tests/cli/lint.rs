use serde_json::json;

use crate::harness::{Run, example};

#[test]
fn findings_have_their_rule_place_and_level() {
    let run = Run::of(&["lint", "--", &example("prompts")]);
    assert_eq!((run.code, &*run.stderr), (Some(0), ""), "{run:?}");
    let text = "warning[missing-argument-description]: interview.field has no description\n\
                warning[missing-argument-description]: interview.post has no description\n\
                0 errors, 2 warnings\n";
    assert_eq!(run.stdout, text);
    let denied = Run::of(&["lint", "-D", "warnings", "--", &example("prompts")]);
    assert_eq!((denied.code, denied.stdout, &*denied.stderr), (Some(6), run.stdout, ""));
}

#[test]
fn a_server_without_findings_passes() {
    let server = example("stock_prices");
    let run = Run::of(&["lint", "--provider", "all", "-D", "warnings", "--", &server]);
    assert_eq!((run.code, &*run.stdout), (Some(0), "0 errors, 0 warnings\n"), "{run:?}");
}

#[test]
fn json_has_all_findings() {
    let server = example("quickstart");
    let report = Run::of(&["lint", "--json", "--provider", "anthropic", "--", &server]).json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!((&report["errors"], &report["warnings"]), (&json!(0), &json!(findings.len())));
    let hint = json!({
        "level": "warning",
        "rule": "missing-read-only-hint",
        "place": "reserve",
        "message": "has no `readOnlyHint`",
        "help": "without it, hosts ask before each call; `#[tool(read_only)]` sets it",
    });
    assert!(findings.contains(&hint), "{report:#}");
    let dropped = json!({
        "level": "warning",
        "rule": "dropped-keyword",
        "place": "reserve.inputSchema.properties.count.minimum",
        "message": "is left out of the schema, and described in words",
        "provider": "anthropic",
    });
    assert!(findings.contains(&dropped), "{report:#}");
}

#[test]
fn an_unknown_provider_is_refused() {
    let run = Run::of(&["lint", "--provider", "another", "--", &example("stock_prices")]);
    assert_eq!(run.code, Some(2), "{run:?}");
}
