//! Tests of results as bytes.

use mcp_core::protocol::CallToolResult;
use mcp_core::revision::Revision;

use super::ToolResult;

#[test]
fn raw_json_never_breaks_the_line() {
    let raw = serde_json::value::RawValue::from_string("{\n\"a\": 1 }".into()).unwrap();
    let mut result = CallToolResult::default();
    result.structured_content = Some(raw);
    let outcome = result.into_reply(CallToolResult::describe().shape).unwrap();
    let mut members = Vec::new();
    outcome.write_members(&mut members, Revision::V2026_07_28.facts());
    let expected = r#""content":[],"structuredContent":{ "a": 1 }"#;
    assert_eq!(String::from_utf8(members).unwrap(), expected);
}
