//! Tests of results from values to members.

use std::borrow::Cow;

use mcp_core::protocol::{CallToolResult, Content, Resource};
use mcp_core::revision::Revision;
use mcp_core::revision::StructuredContent::{self, Absent, Any, Object};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{Audio, Image, ToolResult};

fn check<T: ToolResult<Via>, Via>(value: T, form: StructuredContent, expected: &str) {
    let outcome = value.into_reply(T::describe().shape).unwrap();
    let mut members = Vec::new();
    let known = Revision::ALL.into_iter().map(Revision::facts);
    let facts = known.into_iter().find(|facts| facts.structured_content == form).unwrap();
    outcome.write_members(&mut members, facts);
    assert_eq!(String::from_utf8(members).unwrap(), expected);
}

#[derive(Serialize, JsonSchema)]
struct Place {
    city: &'static str,
}

#[derive(Serialize, JsonSchema)]
enum Unit {
    Celsius,
}

#[test]
fn text_is_text() {
    let expected = r#""content":[{"type":"text","text":"a\"b"}]"#;
    check(String::from("a\"b"), Any, expected);
    check("a\"b", Object, expected);
    check(Cow::Borrowed("a\"b"), Absent, expected);
    check(Box::<str>::from("a\"b"), Any, expected);
    check(Some(String::from("a\"b")), Any, expected);
    check(None::<String>, Any, r#""content":[]"#);
    check((), Any, r#""content":[]"#);
}

#[test]
fn structured_data_is_sent_in_the_form_of_the_revision() {
    let text = r#""content":[{"type":"text","text":"{\"city\":\"x\\\\y\"}"}]"#;
    let place = || Place { city: "x\\y" };
    check(place(), Absent, text);
    check(place(), Object, &format!(r#"{text},"structuredContent":{{"city":"x\\y"}}"#));
    check(place(), Any, &format!(r#"{text},"structuredContent":{{"city":"x\\y"}}"#));
    let text = r#""content":[{"type":"text","text":"[1,2]"}]"#;
    check(vec![1, 2], Object, &format!(r#"{text},"structuredContent":{{"result":[1,2]}}"#));
    check(vec![1, 2], Any, &format!(r#"{text},"structuredContent":[1,2]"#));
    let text = r#""content":[{"type":"text","text":"null"}]"#;
    check(None::<u8>, Object, &format!(r#"{text},"structuredContent":{{"result":null}}"#));
    check(None::<u8>, Any, &format!(r#"{text},"structuredContent":null"#));
    let text = r#""content":[{"type":"text","text":"\"Celsius\""}]"#;
    check(Unit::Celsius, Any, &format!(r#"{text},"structuredContent":"Celsius""#));
}

#[test]
fn a_value_that_may_be_an_object_is_wrapped_as_its_schema_is() {
    let text = r#""content":[{"type":"text","text":"{\"city\":\"x\"}"}]"#;
    let place = Some(Place { city: "x" });
    check(place, Object, &format!(r#"{text},"structuredContent":{{"result":{{"city":"x"}}}}"#));
    // Without a schema there is nothing to agree with.
    check(json!({"city": "x"}), Object, &format!(r#"{text},"structuredContent":{{"city":"x"}}"#));
}

#[test]
fn content_is_content() {
    check(
        (Image::png(b"x"), Audio::wav(b"x")).0,
        Any,
        r#""content":[{"type":"image","data":"eA==","mimeType":"image/png"}]"#,
    );
    check(
        vec![Content::text("a"), Audio::wav(b"x").into()],
        Any,
        r#""content":[{"type":"text","text":"a"},{"type":"audio","data":"eA==","mimeType":"audio/wav"}]"#,
    );
    check(None::<Image>, Any, r#""content":[]"#);
    check(
        Some(Resource::new("a:b", "c")),
        Any,
        r#""content":[{"type":"resource_link","uri":"a:b","name":"c"}]"#,
    );
}

#[test]
fn a_whole_result_is_sent_as_it_is() {
    let mut result = CallToolResult::structured(&json!([1])).unwrap();
    let text = r#""content":[{"type":"text","text":"[1]"}]"#;
    check(result.clone(), Absent, text);
    check(result.clone(), Object, &format!(r#"{text},"structuredContent":{{"result":[1]}}"#));
    result.is_error = true;
    check(result, Any, &format!(r#"{text},"structuredContent":[1],"isError":true"#));
}

#[test]
fn raw_json_never_breaks_the_line() {
    let raw = serde_json::value::RawValue::from_string("{\n\"a\": 1 }".into()).unwrap();
    let result = CallToolResult { structured_content: Some(raw), ..CallToolResult::default() };
    check(result, Object, r#""content":[],"structuredContent":{ "a": 1 }"#);
}

#[test]
fn what_json_cannot_hold_is_an_internal_error() {
    let refused = |reply: super::ToolReply| reply.unwrap_err().code.0;
    let shape = <f64 as ToolResult<_>>::describe().shape;
    assert_eq!(refused(f64::NAN.into_reply(shape)), -32603);
    assert_eq!(refused(Some(f32::INFINITY).into_reply(shape)), -32603);
    assert_eq!(refused(std::collections::BTreeMap::from([((1, 2), 3)]).into_reply(shape)), -32603);
}
