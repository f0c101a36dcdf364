//! Calls of read-only tools, with arguments of their schemas.

use serde_json::{Map, Value, json};

use super::super::peer::Peer;
use super::super::report::{Outcome, Report, rule};
use super::{Facts, expect_result};
use crate::exit::Failure;
use crate::lock::schema::accepts;

/// Maximum number of tools that are called.
const MAX_TOOLS: usize = 50;

pub(in super::super) async fn all(
    peer: &mut Peer,
    facts: &Facts,
    report: &mut Report,
) -> Result<(), Failure> {
    let (rule, era) = (rule("call-tool", "server/tools"), peer.era);
    let mut called = 0;
    let tools = facts.tools.iter().flatten();
    for tool in tools.filter(|tool| tool["annotations"]["readOnlyHint"] == true).take(MAX_TOOLS) {
        let Some(arguments) = arguments(&tool["inputSchema"]) else { continue };
        called += 1;
        let params = json!({ "name": tool["name"], "arguments": arguments });
        let response = peer.request("tools/call", params).await;
        let expected = format!("a result of {} that fits its schema", tool["name"]);
        let schema = &tool["outputSchema"];
        let is_error = response.as_ref().is_ok_and(|it| it["result"]["isError"] == true);
        let outcome = expect_result(response, &expected, |result| problem(result, schema));
        // Tools may fail; with examples of their own schemas they should not.
        report.add(rule, era, if is_error { outcome.recommended() } else { outcome })?;
    }
    if called == 0 {
        let reason = "no read-only tool has defaults or examples of all required arguments";
        report.add(rule, era, Outcome::skip(reason))?;
    }
    Ok(())
}

fn problem(result: &Value, schema: &Value) -> Option<String> {
    if !result["content"].is_array() {
        return Some(format!("no `content`: {result}"));
    }
    if result["isError"] == true {
        return Some(format!("an error of the tool: {}", result["content"]));
    }
    match (schema.is_object(), result.get("structuredContent")) {
        (true, None) => Some("no `structuredContent`".into()),
        (true, Some(value)) if accepts(schema, schema, value) == Some(false) => {
            Some(format!("`structuredContent` that the schema refuses: {value}"))
        }
        _ => None,
    }
}

/// Defaults and examples of a schema; `None` if a required argument has neither.
fn arguments(schema: &Value) -> Option<Map<String, Value>> {
    let mut arguments = Map::new();
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        let property = &schema["properties"][name];
        let example = property["examples"].get(0).or(property.get("default"));
        let value = example.or(property.get("const")).or(property["enum"].get(0))?;
        arguments.insert(name.to_owned(), value.clone());
    }
    Some(arguments)
}
