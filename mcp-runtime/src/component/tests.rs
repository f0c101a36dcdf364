//! Tests of errors in registrations.

use std::future::ready;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Registration, ToolBuilder};
#[cfg(feature = "validate")]
use crate::component::arguments::Leniency;
use crate::component::tool::outcome::ToolOutcome;
use crate::component::tool::outcome::returned::{PlainReturn as _, Returned};
use crate::component::tool::parameter::parameter;
use crate::context::principal::Principal;

fn builder(name: &'static str) -> ToolBuilder {
    ToolBuilder::new(name, "Does it.")
        .returns(Returned::<()>::new().returns())
        .handler(|_| Box::pin(ready(Ok(ToolOutcome::failed(String::new())))))
}

/// Checks the errors of a tool.
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

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("unevaluatedItems" = false))]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Unsupported(Vec<u8>);

#[derive(Deserialize, JsonSchema)]
#[schemars(extend("maxLenght" = 5))]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Misspelt(String);

#[test]
fn a_constraint_in_the_schema_of_a_type_is_enforced() {
    check(builder("t").parameter(parameter::<Percent, _>("share")), &[]);
}

#[test]
#[cfg(not(feature = "validate"))]
fn a_constraint_that_nothing_enforces_is_refused() {
    check(
        builder("t").parameter(parameter::<Unsupported, _>("a")),
        &[
            "tool `t`: argument `a`: `unevaluatedItems` is advertised by the schema of its type and \
           enforced by nothing; enable the feature `validate` of `mcp-runtime`, or remove it",
        ],
    );
}

#[test]
fn a_keyword_that_is_not_known_is_refused() {
    check(
        builder("t").parameter(parameter::<Misspelt, _>("a")),
        &[
            "tool `t`: argument `a`: `maxLenght` is no keyword of JSON Schema; start its name with `x-`",
        ],
    );
    // It is not advertised.
    check(
        builder("t")
            .parameter(parameter::<Misspelt, _>("a"))
            .input_schema(r#"{"type":"object","maxLenght":5}"#),
        &[],
    );
}

#[test]
#[cfg(feature = "validate")]
fn only_a_tool_with_such_a_constraint_gets_a_validator() {
    let constrained =
        builder("t").parameter(parameter::<Unsupported, _>("a")).finish(false, Leniency::Null);
    assert!(constrained.unwrap().validator.is_some());
    let plain =
        builder("t").parameter(parameter::<Percent, _>("share")).finish(false, Leniency::Null);
    assert!(plain.unwrap().validator.is_none());
}

#[test]
fn a_schema_written_by_hand_is_that_of_an_object() {
    check(builder("t").input_schema(r#"{"type":"object"}"#), &[]);
    check(
        builder("t").input_schema("true"),
        &["tool `t`: its input schema does not say `\"type\": \"object\"`"],
    );
}
