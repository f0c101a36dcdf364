//! Requests that a server has to refuse.

use serde_json::{Value, json};

use super::super::peer::{Era, Peer, Response};
use super::super::report::{Outcome, Report, rule};
use super::{Facts, answer, expect_error, recommend_error};
use crate::exit::Failure;

/// Name that no server has.
const UNKNOWN: &str = "cargo-mcp-no-such-name";

pub(in super::super) async fn all(
    peer: &mut Peer,
    facts: &Facts,
    report: &mut Report,
) -> Result<(), Failure> {
    let era = peer.era;
    let response = peer.request("cargo-mcp/no-such-method", json!({})).await;
    report.add(rule("unknown-method", "basic"), era, expect_error(response, &[-32601]))?;
    let params = json!({ "name": UNKNOWN, "arguments": {} });
    let outcome = match facts.tools {
        Some(_) => unknown_tool(peer.request("tools/call", params).await),
        None => Outcome::skip("the server has no tools"),
    };
    report.add(rule("unknown-tool", "server/tools"), era, outcome)?;
    let params = json!({ "uri": format!("{UNKNOWN}://nothing") });
    let outcome = match (&facts.resources, era) {
        (None, _) => Outcome::skip("the server has no resources"),
        // Required since 2026-07-28, recommended before.
        (Some(_), Era::Modern) => {
            expect_error(peer.request("resources/read", params).await, &[-32602])
        }
        (Some(_), Era::Legacy) => {
            recommend_error(peer.request("resources/read", params).await, &[-32002])
        }
    };
    report.add(rule("unknown-resource", "server/resources"), era, outcome)?;
    let params = json!({ "name": UNKNOWN });
    let outcome = match facts.prompts {
        Some(_) => recommend_error(peer.request("prompts/get", params).await, &[-32602]),
        None => Outcome::skip("the server has no prompts"),
    };
    report.add(rule("unknown-prompt", "server/prompts"), era, outcome)?;
    let outcome = invalid_arguments(peer, facts).await;
    report.add(rule("invalid-arguments", "server/tools"), era, outcome)
}

/// An answer to the call of an unknown tool. The specification names the code -32602, and requires none. A result
/// without `isError` would be that of a tool.
fn unknown_tool(response: Response) -> Outcome {
    let is_success = response.as_ref().is_ok_and(|response| {
        response["result"].is_object() && response["result"]["isError"] != true
    });
    match is_success {
        true => expect_error(response, &[-32602]),
        false => recommend_error(response, &[-32602]),
    }
}

/// Arguments that the schema of a read-only tool refuses. A tool that runs all the same changes nothing.
async fn invalid_arguments(peer: &mut Peer, facts: &Facts) -> Outcome {
    let tools = facts.tools.iter().flatten();
    let tools = tools.filter(|tool| tool["annotations"]["readOnlyHint"] == true);
    let found = tools.filter_map(|tool| Some((tool, refused(&tool["inputSchema"])?)));
    let Some((tool, arguments)) = found.into_iter().next() else {
        return Outcome::skip("the server has no read-only tool whose arguments have a type");
    };
    let params = json!({ "name": tool["name"], "arguments": arguments });
    refusal(peer.request("tools/call", params).await, &arguments)
}

/// Arguments of another type than that of the first argument that has one.
fn refused(schema: &Value) -> Option<Value> {
    let properties = schema["properties"].as_object()?;
    let wrong = properties.iter().find_map(|(name, property)| {
        let wrong = match property["type"].as_str()? {
            "string" => json!({ "cargo-mcp": "no text" }),
            "integer" | "number" | "boolean" => json!("cargo-mcp: neither number nor truth value"),
            "array" | "object" => json!(7),
            _ => return None,
        };
        Some(json!({ name: wrong }))
    });
    // Nothing is refused, too, where something is required.
    let is_required = schema["required"].as_array().is_some_and(|names| !names.is_empty());
    wrong.or_else(|| is_required.then(|| json!({})))
}

fn refusal(response: Response, arguments: &Value) -> Outcome {
    let expected = format!("an error or a result with `isError` for the arguments {arguments}");
    match response {
        Ok(response) => {
            let is_error = response["error"]["code"].is_i64();
            let is_refused = is_error || response["result"]["isError"] == true;
            Outcome::of(is_refused, &expected, || answer(&response))
        }
        Err(reason) => Outcome::fail(expected, reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_tool_that_is_refused_in_another_way_is_a_warning() {
        let result = |is_error| json!({ "result": { "content": [], "isError": is_error } });
        let error = |code| json!({ "error": { "code": code, "message": "" } });
        assert_eq!(unknown_tool(Ok(error(-32602))), Outcome::Pass);
        for refusal in [error(-32601), result(true)] {
            let outcome = unknown_tool(Ok(refusal.clone()));
            assert!(matches!(outcome, Outcome::Warn { .. }), "{refusal}: {outcome:?}");
        }
        for failure in [Ok(result(false)), Ok(json!({})), Err("nothing".to_owned())] {
            let outcome = unknown_tool(failure.clone());
            assert!(matches!(outcome, Outcome::Fail { .. }), "{failure:?}: {outcome:?}");
        }
    }

    #[test]
    fn arguments_of_another_type_are_made() {
        for (schema, expected) in [
            (json!({ "properties": { "a": { "type": "integer" } } }), true),
            (json!({ "properties": { "a": { "type": "string" } } }), true),
            (json!({ "properties": { "a": { "anyOf": [] } }, "required": ["a"] }), true),
            (json!({ "properties": { "a": { "anyOf": [] } } }), false),
            (json!({ "type": "object" }), false),
        ] {
            assert_eq!(refused(&schema).is_some(), expected, "{schema}");
        }
    }
}
