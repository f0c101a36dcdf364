//! The form of the responses to questions that a repeated request brings along.
//!
//! A response with the form of a result whose content does not fit the question is requested again; one
//! without that form is an error.
//!
//! Specification: [Multi Round-Trip Requests](https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr).

use mcp_core::jsonrpc::{ProtocolError, Raw};
use serde_json::value::RawValue;

use crate::shorten::shorten;

/// Checks that `inputResponses` is an object.
///
/// # Errors
/// `-32602` otherwise.
pub(crate) fn check_object(responses: Raw<'_>) -> Result<(), ProtocolError> {
    if responses.is_object() {
        return Ok(());
    }
    let came = shorten(responses.as_str());
    Err(ProtocolError::invalid_params(format!("`inputResponses`: expected an object, got {came}")))
}

/// Checks a response that is stored. See [`check_response`].
///
/// # Errors
/// `-32602` if it has another form.
pub(super) fn check(key: &str, response: &RawValue) -> Result<(), ProtocolError> {
    check_response(key, Raw::from_accepted(response.get()))
}

/// Checks that a response is the result of an elicitation, of sampling, or a list of roots.
///
/// # Errors
/// `-32602` otherwise.
pub(crate) fn check_response(key: &str, response: Raw<'_>) -> Result<(), ProtocolError> {
    expected_instead(response).map_or(Ok(()), |expected| {
        let (key, came) = (shorten(key), shorten(response.as_str()));
        let message = format!("`inputResponses`: `{key}`: expected {expected}, got {came}");
        Err(ProtocolError::invalid_params(message))
    })
}

/// The description of what was expected; `None` if the response has a form of the protocol.
fn expected_instead(response: Raw<'_>) -> Option<&'static str> {
    let [action, content, model, roots] =
        ["action", "content", "model", "roots"].map(|key| response.member(key));
    let is_list = |member: Raw<'_>| member.as_str().starts_with('[');
    if !response.is_object() {
        Some("an object")
    } else if let Some(action) = action {
        let action = action.string();
        let is_known = |action: &str| ["accept", "decline", "cancel"].contains(&action);
        // Only an accepted form has content.
        let is_accepted = action.as_deref() == Some("accept");
        let has_form = |content: Raw<'_>| content.is_object() || content.is_null() || !is_accepted;
        if !action.as_deref().is_some_and(is_known) {
            Some("an `action` that is \"accept\", \"decline\" or \"cancel\"")
        } else if !content.is_none_or(has_form) {
            Some("a `content` that is an object")
        } else {
            None
        }
    } else if let Some(roots) = roots {
        (!is_list(roots) && !roots.is_null()).then_some("a list of `roots`")
    } else if let (Some(content), Some(_)) = (content, model) {
        let is_content = content.is_object() || is_list(content);
        (!is_content).then_some("a `content` that is an object or a list")
    } else {
        Some("an `action`, a `model` with its `content`, or `roots`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_form(response: &str, expected: Option<&str>) {
        let response = RawValue::from_string(response.to_owned()).unwrap();
        let found = check("k", &response).err().map(|error| error.message);
        match expected {
            None => assert_eq!(found, None, "{response}"),
            Some(part) => assert!(found.unwrap().contains(part), "{response}"),
        }
    }

    #[test]
    fn results_of_the_protocol_are_accepted() {
        for response in [
            r#"{"action":"decline"}"#,
            r#"{"action":"cancel","content":null}"#,
            r#"{"action":"accept","content":{"a":1},"more":1}"#,
            r#"{"roots":[]}"#,
            r#"{"role":"assistant","model":"m","content":{"type":"text","text":""}}"#,
            r#"{"role":"assistant","model":"m","content":[]}"#,
        ] {
            check_form(response, None);
        }
    }

    #[test]
    fn everything_else_is_malformed() {
        for (response, part) in [
            ("7", "`k`: expected an object, got 7"),
            ("[]", "an object"),
            ("{}", "an `action`, a `model`"),
            (r#"{"action":"Accept"}"#, "an `action` that is"),
            (r#"{"action":"accept","content":"x"}"#, "a `content` that is an object"),
            (r#"{"action":"accept","content":[]}"#, "a `content` that is an object"),
            (r#"{"roots":{}}"#, "a list of `roots`"),
            (r#"{"model":"m","content":"text"}"#, "an object or a list"),
            (r#"{"content":{}}"#, "an `action`, a `model`"),
        ] {
            check_form(response, Some(part));
        }
    }
}
