//! The first resource and the first prompt, which a client may read without harm.

use serde_json::{Value, json};

use super::super::peer::Peer;
use super::super::report::{Outcome, Report, rule};
use super::{Facts, expect_result};
use crate::exit::Failure;

pub(in super::super) async fn all(
    peer: &mut Peer,
    facts: &Facts,
    report: &mut Report,
) -> Result<(), Failure> {
    let era = peer.era;
    let outcome = match facts.resources.iter().flatten().next() {
        Some(resource) => {
            let params = json!({ "uri": resource["uri"] });
            let response = peer.request("resources/read", params).await;
            let expected = "`contents` with `uri` and `text` or `blob`";
            expect_result(response, expected, |result| {
                (!contents(result)).then(|| result.to_string())
            })
        }
        None => Outcome::skip("the server lists no resource"),
    };
    report.add(rule("read-resource", "server/resources"), era, outcome)?;
    let mut prompts = facts.prompts.iter().flatten();
    let outcome = match prompts.find(|prompt| !needs_arguments(prompt)) {
        Some(prompt) => {
            let response = peer.request("prompts/get", json!({ "name": prompt["name"] })).await;
            let expected = "`messages` with `role` and `content`";
            expect_result(response, expected, |result| {
                (!messages(result)).then(|| result.to_string())
            })
        }
        None => Outcome::skip("the server lists no prompt without required arguments"),
    };
    report.add(rule("get-prompt", "server/prompts"), era, outcome)
}

fn contents(result: &Value) -> bool {
    let is_content = |content: &Value| {
        content["uri"].is_string() && (content["text"].is_string() || content["blob"].is_string())
    };
    result["contents"].as_array().is_some_and(|all| all.iter().all(is_content))
}

fn messages(result: &Value) -> bool {
    let is_message = |message: &Value| {
        matches!(message["role"].as_str(), Some("user" | "assistant"))
            && message["content"]["type"].is_string()
    };
    result["messages"].as_array().is_some_and(|all| all.iter().all(is_message))
}

fn needs_arguments(prompt: &Value) -> bool {
    let mut arguments = prompt["arguments"].as_array().into_iter().flatten();
    arguments.any(|argument| argument["required"] == true)
}
