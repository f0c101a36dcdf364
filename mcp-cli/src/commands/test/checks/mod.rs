//! Checks by subject.

pub(super) mod calls;
pub(super) mod errors;
pub(super) mod lifecycle;
pub(super) mod lists;
pub(super) mod reads;
pub(super) mod robustness;
pub(super) mod web;

use serde_json::Value;

use super::peer::Response;
use super::report::Outcome;

/// Components that a server has listed.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) tools: Option<Vec<Value>>,
    pub(super) resources: Option<Vec<Value>>,
    pub(super) templates: Option<Vec<Value>>,
    pub(super) prompts: Option<Vec<Value>>,
}

/// Expects an error with one of some codes.
fn expect_error(response: Response, codes: &[i64]) -> Outcome {
    let shown: Vec<_> = codes.iter().map(i64::to_string).collect();
    let expected = format!("an error with the code {}", shown.join(" or "));
    match response {
        Ok(response) => match response["error"]["code"].as_i64() {
            Some(code) if codes.contains(&code) => Outcome::Pass,
            _ => Outcome::fail(expected, answer(&response)),
        },
        Err(reason) => Outcome::fail(expected, reason),
    }
}

/// Expects an error with one of some codes, which the specification recommends. Another answer is a warning.
fn recommend_error(response: Response, codes: &[i64]) -> Outcome {
    let is_answered = response
        .as_ref()
        .is_ok_and(|response| response["error"]["code"].is_i64() || response["result"].is_object());
    let outcome = expect_error(response, codes);
    if is_answered { outcome.recommended() } else { outcome }
}

/// Expects a result, and looks at it.
fn expect_result(
    response: Response,
    expected: &str,
    check: impl FnOnce(&Value) -> Option<String>,
) -> Outcome {
    match response {
        Ok(response) => match response.get("result") {
            Some(result) => match check(result) {
                None => Outcome::Pass,
                Some(problem) => Outcome::fail(expected, problem),
            },
            None => Outcome::fail(expected, answer(&response)),
        },
        Err(reason) => Outcome::fail(expected, reason),
    }
}

/// The result or error of a response.
fn answer(response: &Value) -> String {
    let part = |name: &str| response.get(name).map(|value| format!("{name} {value}"));
    part("error").or_else(|| part("result")).unwrap_or_else(|| response.to_string())
}

/// A text that is not empty.
fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value[member].as_str().filter(|text| !text.is_empty())
}
