//! Tests of what registration refuses, and of what it advertises.

use std::future::ready;

use mcp_core::schema::Schema;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Registration, Tool, ToolBuilder};
use crate::server::constraint::ShownDefault as _;
use crate::server::context::Principal;
use crate::server::failure::ToolError;
use crate::server::outcome::{PlainReturn as _, Returned, ToolOutcome};
use crate::server::parameter::{example, parameter};

fn builder(name: &'static str) -> ToolBuilder {
    ToolBuilder::new(name, "Does it.")
        .returns(Returned::<()>::new().returns())
        .handler(|_| Box::pin(ready(Ok(ToolOutcome::failed(String::new())))))
}

/// The faults of a tool; none if it is fine.
fn check(tool: ToolBuilder, expected: &[&str]) {
    let mut components = Registration::default();
    components.tool(tool);
    let (finished, faults) = components.finish();
    assert_eq!(faults, expected);
    assert_eq!(finished.tools.len(), usize::from(expected.is_empty()));
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Percent(#[schemars(range(max = 100))] u8);

#[test]
fn faults_are_found_together() {
    check(builder("fine").parameter(parameter::<i64, _>("a")), &[]);
    check(builder("wide.name").wide_name(), &[]);
    check(
        builder("not fine")
            .parameter(parameter::<i64, _>("a"))
            .parameter(parameter::<u32, _>("a").rules(|rules| rules.default(|| 0).min(1)))
            .parameter(parameter::<&str, _>("b").rules(|rules| rules.pattern("("))),
        &[
            "tool `not fine`: two arguments are named `a`",
            "tool `not fine`: argument `a`: its default breaks its own rules: expected at least 1",
            "tool `not fine`: argument `b`: its pattern is not valid: found open group without closing ')'",
            "tool `not fine`: its name contains ' '; allowed are ASCII letters, digits, `_` and `-`",
        ],
    );
}

#[test]
fn what_is_injected_has_no_examples() {
    let principal = || parameter::<Principal, _>("who");
    check(builder("t").parameter(principal().describe("Who asks")), &[]);
    check(
        builder("t").parameter(principal().examples(Vec::new)),
        &["tool `t`: parameter `who` is injected; `default` and `examples` are for arguments"],
    );
}

#[test]
fn header_rules_are_checked() {
    check(builder("t").parameter(parameter::<bool, _>("a").header("Region")), &[]);
    check(
        builder("t").parameter(parameter::<bool, _>("a").header("no token")),
        &[
            "tool `t`: `x-mcp-header` at `/properties/a`: the header name is not a token of RFC 9110",
        ],
    );
}

#[test]
#[cfg(not(feature = "validate"))]
fn a_constraint_that_nothing_enforces_is_refused() {
    check(
        builder("t").parameter(parameter::<Percent, _>("share")),
        &["tool `t`: argument `share`: `maximum` is advertised by the schema of its type and \
           enforced by nothing; enable the feature `validate` of `mcp-runtime`, or remove the \
           constraint"],
    );
}

#[test]
#[cfg(feature = "validate")]
fn only_a_tool_with_such_a_constraint_gets_a_validator() {
    let constrained = builder("t").parameter(parameter::<Percent, _>("share")).finish(false);
    assert!(constrained.unwrap().validator.is_some());
    let plain = builder("t").parameter(parameter::<u8, _>("share")).finish(false);
    assert!(plain.unwrap().validator.is_none());
}

#[test]
fn a_tool_is_advertised_as_it_was_described() {
    let spec = builder("add")
        .title("Add")
        .read_only(true)
        .parameter(
            parameter::<Option<u8>, _>("a")
                .describe("First")
                .examples(|| vec![example(&1), example(&2)]),
        )
        .finish(true)
        .unwrap();
    assert_eq!(
        serde_json::to_value(&spec.tool).unwrap(),
        json!({
            "name": "add",
            "title": "Add",
            "description": "Does it.",
            "inputSchema": {
                "type": "object",
                "properties": { "a": {
                    "type": "integer", "minimum": 0, "maximum": 255,
                    "description": "First", "examples": [1, 2],
                } },
            },
            "annotations": { "readOnlyHint": true },
        })
    );
}

#[test]
fn a_schema_written_by_hand_takes_the_place_of_the_derived_one() {
    let text = r#"{"type":"object","x":1,"a":{}}"#;
    let spec = builder("t").input_schema(text).finish(false).unwrap();
    assert_eq!(spec.tool.input_schema.as_str(), text);
    check(
        builder("t").input_schema("true"),
        &["tool `t`: its input schema does not say `\"type\": \"object\"`"],
    );
}

fn dynamic(name: &str, schema: impl super::IntoSchema) -> Tool {
    Tool::new(name, schema, async |_, _| Ok::<_, ToolError>(json!({})))
}

#[test]
fn tools_known_at_run_time_are_checked_too() {
    let check = |tool: Tool, expected: &str| {
        assert_eq!(tool.into_spec().err().unwrap_or_default(), expected);
    };
    check(dynamic("other.server", r#"{"type":"object"}"#), "");
    let schema = json!({ "type": "object" });
    check(dynamic("t", &schema), "");
    check(
        dynamic("t", json!({})),
        "tool `t`: its input schema does not say `\"type\": \"object\"`",
    );
    check(
        dynamic("t", r#"{"type":"object"}"#).output_schema("[]"),
        "tool `t`: not a JSON Schema: expected an object, `true` or `false`",
    );
}

#[test]
fn the_schemas_of_a_tool_known_at_run_time_are_kept_as_written() {
    let text = r#"{"type":"object","properties":{"z":{},"a":{"format":"uint8"}}}"#;
    let spec = dynamic("t", text).into_spec().unwrap();
    assert_eq!(spec.tool.input_schema.as_str(), text);
    assert_eq!(spec.tool.output_schema, None);
    let schema = Schema::from_value(&Value::Bool(true)).unwrap();
    let spec = dynamic("t", text).output_schema(schema).into_spec().unwrap();
    assert!(spec.wraps_result);
}
