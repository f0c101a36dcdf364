//! Assertions about results, whose messages show the differences.

use mcp_core::protocol::CallToolResult;
use serde::Serialize;
use serde_json::Value;

/// Asserts that two values are the same as JSON.
///
/// # Panics
/// If they differ; the message shows both, line by line.
#[track_caller]
pub fn assert_json(found: &impl Serialize, expected: &impl Serialize) {
    let (found, expected) = (shown(found), shown(expected));
    if found != expected {
        let difference = pretty_assertions::StrComparison::new(&found, &expected);
        panic!("the JSON differs:\n{difference}");
    }
}

/// Asserts that a tool has succeeded with one text.
///
/// # Panics
/// If it has failed or returned another text; the message shows the result.
#[track_caller]
pub fn assert_text(result: &CallToolResult, expected: &str) {
    let found = result.to_text();
    assert!(!result.is_error, "the tool failed: {found}");
    if found != expected {
        let difference = pretty_assertions::StrComparison::new(&found, expected);
        panic!("the text differs:\n{difference}");
    }
}

/// Asserts that a tool has failed with a text that contains `part`.
///
/// # Panics
/// If it has succeeded, or its text does not contain `part`.
#[track_caller]
pub fn assert_failed(result: &CallToolResult, part: &str) {
    let found = result.to_text();
    assert!(result.is_error, "the tool should have failed; its text: {found}");
    assert!(found.contains(part), "expected {part:?} in the text of the failure: {found}");
}

/// Asserts that a tool has succeeded with a structured value. The object `{"result": …}`, in which
/// legacy revisions wrap values that are not objects, is unwrapped.
///
/// # Panics
/// If it has failed, has no structured value, or another one; the message shows both.
#[track_caller]
pub fn assert_structured(result: &CallToolResult, expected: &impl Serialize) {
    assert!(!result.is_error, "the tool failed: {}", result.to_text());
    let Some(raw) = &result.structured_content else {
        panic!("the tool has no structured content; its text: {}", result.to_text());
    };
    let (found, expected) = (to_value(raw), to_value(expected));
    let is_wrapped = !expected.is_object() && found.as_object().is_some_and(|it| it.len() == 1);
    match found.get("result").filter(|_| is_wrapped) {
        Some(inner) => assert_json(inner, &expected),
        None => assert_json(&found, &expected),
    }
}

/// Asserts that a server has refused a request with a code and a message that contains `part`.
///
/// # Example
/// ```
/// use mcp_runtime::jsonrpc::ErrorCode;
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::{TestClient, assert_refused};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), mcp_runtime::client::Error> {
/// let client = TestClient::of(Server::new("empty", "1.0.0")).connect().await?;
/// let outcome = client.read("file:///none").await;
/// assert_refused(&outcome, ErrorCode::METHOD_NOT_FOUND, "resources/read");
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// If there is a result or another error; the message shows it.
#[track_caller]
pub fn assert_refused<T: std::fmt::Debug>(
    outcome: &Result<T, crate::client::Error>,
    code: mcp_core::jsonrpc::ErrorCode,
    part: &str,
) {
    let error = match outcome {
        Ok(result) => panic!("the server should have refused; it answered: {result:?}"),
        Err(error) => error,
    };
    let Some(refusal) = error.remote() else {
        panic!("the server should have refused; instead: {error}");
    };
    assert_eq!(refusal.code, code, "the code of: {}", refusal.message);
    let message = &refusal.message;
    assert!(message.contains(part), "expected {part:?} in the message of the refusal: {message}");
}

#[track_caller]
fn shown(value: &impl Serialize) -> String {
    // The order of members does not count.
    let mut value = to_value(value);
    value.sort_all_objects();
    format!("{value:#}")
}

#[track_caller]
fn to_value(value: &impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(value) => value,
        Err(error) => panic!("the value cannot be serialized: {error}"),
    }
}
