//! Results of tools for all return types, in all revisions.

use std::borrow::Cow;
use std::collections::BTreeMap;

use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::revision::Revision;
use mcp_runtime::testing::{TestClient, assert_failed, assert_json, assert_refused};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients};

#[derive(Serialize, JsonSchema)]
struct Place {
    city: &'static str,
}

#[derive(Serialize, JsonSchema)]
enum Unit {
    Celsius,
}

/// Tools that return text, or nothing.
#[mcp_runtime::server]
mod texts {
    use super::*;

    /// A `String`.
    #[tool]
    fn string() -> String {
        "a\"b".to_owned()
    }

    /// A `&str`.
    #[tool]
    fn borrowed() -> &'static str {
        "a\"b"
    }

    /// A `Cow`.
    #[tool]
    fn cow() -> Cow<'static, str> {
        Cow::Borrowed("a\"b")
    }

    /// A `Box`.
    #[tool]
    fn boxed() -> Box<str> {
        "a\"b".into()
    }

    /// A text that is present.
    #[tool]
    fn some() -> Option<String> {
        Some("a\"b".to_owned())
    }

    /// A text that is absent.
    #[tool]
    fn none() -> Option<String> {
        None
    }

    /// Nothing.
    #[tool]
    fn nothing() {}
}

/// Tools that return structured data.
#[mcp_runtime::server]
mod data {
    use super::*;

    /// An object.
    #[tool]
    fn place() -> Place {
        Place { city: "x\\y" }
    }

    /// A list.
    #[tool]
    fn numbers() -> Vec<i32> {
        vec![1, 2]
    }

    /// A number that is absent.
    #[tool]
    fn absent() -> Option<u8> {
        None
    }

    /// One of a few.
    #[tool]
    fn unit() -> Unit {
        Unit::Celsius
    }

    /// An optional object.
    #[tool]
    fn maybe_place() -> Option<Place> {
        Some(Place { city: "x" })
    }

    /// An object without a schema.
    #[tool]
    fn value() -> Value {
        json!({ "city": "x" })
    }
}

/// Tools that return content.
#[mcp_runtime::server]
mod content {
    use super::*;

    /// An image.
    #[tool]
    fn image() -> Image {
        Image::png(b"x")
    }

    /// An image that is absent.
    #[tool]
    fn no_image() -> Option<Image> {
        None
    }

    /// Content of two kinds.
    #[tool]
    fn mixed() -> Vec<Content> {
        vec![Content::text("a"), Audio::wav(b"x").into()]
    }

    /// A link.
    #[tool]
    fn link() -> Option<ResourceLink> {
        Some(ResourceLink::new("a:b", "c"))
    }
}

/// A whole result.
#[tool]
fn whole(fails: bool) -> CallToolResult {
    let mut result = CallToolResult::structured(&json!([1])).unwrap();
    result.is_error = fails;
    result
}

fn server() -> Server {
    Server::new("results", "1")
        .with::<(texts::Components, data::Components, content::Components, whole)>()
}

/// A client of the newest revision with a certain form of structured content.
async fn in_form(revision: Revision) -> Result<TestClient, mcp_runtime::client::Error> {
    TestClient::of(server()).revision(revision).connect().await
}

/// Asserts the results of a call in revisions without structured content, with objects only, and with
/// any values.
async fn check(
    tool: &str,
    arguments: Value,
    content: Value,
    structured: [Option<Value>; 3],
) -> Outcome {
    let revisions = [Revision::V2024_11_05, Revision::V2025_11_25, Revision::V2026_07_28];
    for (revision, structured) in revisions.into_iter().zip(structured) {
        let client = in_form(revision).await?;
        let params = json!({ "name": tool, "arguments": arguments });
        let mut expected = json!({ "content": content });
        if let Some(structured) = structured {
            expected["structuredContent"] = structured;
        }
        if arguments["fails"] == true {
            expected["isError"] = json!(true);
        }
        assert_json(&ask(&client, "tools/call", params).await?, &expected);
    }
    Ok(())
}

fn text(text: &str) -> Value {
    json!([{ "type": "text", "text": text }])
}

#[tokio::test]
async fn text_is_text() -> Outcome {
    for tool in ["string", "borrowed", "cow", "boxed", "some"] {
        check(tool, json!({}), text("a\"b"), [None, None, None]).await?;
    }
    for tool in ["none", "nothing"] {
        check(tool, json!({}), json!([]), [None, None, None]).await?;
    }
    Ok(())
}

/// Structured data is sent beside its text. Values that are not objects are wrapped in legacy
/// revisions.
async fn check_data(tool: &str, said: &str, value: Value, wraps: bool) -> Outcome {
    let object = if wraps { json!({ "result": value }) } else { value.clone() };
    check(tool, json!({}), text(said), [None, Some(object), Some(value)]).await
}

#[tokio::test]
async fn structured_data_is_sent_in_the_form_of_the_revision() -> Outcome {
    check_data("place", r#"{"city":"x\\y"}"#, json!({ "city": "x\\y" }), false).await?;
    check_data("numbers", "[1,2]", json!([1, 2]), true).await?;
    check_data("absent", "null", Value::Null, true).await?;
    check_data("unit", r#""Celsius""#, json!("Celsius"), true).await
}

#[tokio::test]
async fn a_value_that_may_be_an_object_is_wrapped_as_its_schema_is() -> Outcome {
    let place = || json!({ "city": "x" });
    check_data("maybe_place", r#"{"city":"x"}"#, place(), true).await?;
    // Without an output schema nothing is validated.
    check_data("value", r#"{"city":"x"}"#, place(), false).await
}

#[tokio::test]
async fn content_is_content() -> Outcome {
    let image = json!([{ "type": "image", "data": "eA==", "mimeType": "image/png" }]);
    check("image", json!({}), image, [None, None, None]).await?;
    check("no_image", json!({}), json!([]), [None, None, None]).await?;
    for client in clients(server).await? {
        let audio = json!({ "type": "audio", "data": "eA==", "mimeType": "audio/wav" });
        let mixed = client.call("mixed", ()).await?;
        assert_json(&mixed.content, &json!([{ "type": "text", "text": "a" }, audio]));
        let link = json!([{ "type": "resource_link", "uri": "a:b", "name": "c" }]);
        assert_json(&client.call("link", ()).await?.content, &link);
    }
    Ok(())
}

#[tokio::test]
async fn content_that_a_revision_lacks_becomes_text() -> Outcome {
    let client = in_form(Revision::V2024_11_05).await?;
    let said =
        json!([{ "type": "text", "text": "a" }, { "type": "text", "text": "[audio, audio/wav]" }]);
    assert_json(&client.call("mixed", ()).await?.content, &said);
    let link = client.call("link", ()).await?;
    assert!(link.content[0].as_text().is_some_and(|text| text.contains("a:b")), "{link:?}");
    Ok(())
}

#[tokio::test]
async fn a_whole_result_is_sent_as_it_is() -> Outcome {
    for fails in [false, true] {
        let structured = [None, Some(json!({ "result": [1] })), Some(json!([1]))];
        check("whole", json!({ "fails": fails }), text("[1]"), structured).await?;
    }
    Ok(())
}

/// Values that JSON cannot represent.
#[mcp_runtime::server]
mod impossible {
    use super::*;

    /// No number.
    #[tool]
    fn nan() -> f64 {
        f64::NAN
    }

    /// No number either.
    #[tool]
    fn infinite() -> Option<f32> {
        Some(f32::INFINITY)
    }

    /// A number inside of others.
    #[tool]
    fn inside() -> BTreeMap<String, Vec<Option<f64>>> {
        BTreeMap::from([("a".to_owned(), vec![None, Some(1.0), Some(f64::NEG_INFINITY)])])
    }

    /// A result of its own.
    #[tool]
    fn composed() -> Result<CallToolResult, serde_json::Error> {
        CallToolResult::structured(&[f64::NAN])
    }

    /// Contents.
    #[resource("numbers://all")]
    fn numbers() -> BTreeMap<String, f64> {
        BTreeMap::from([("a".to_owned(), f64::NAN)])
    }

    /// Keys that are no text.
    #[tool]
    fn keys() -> BTreeMap<(i32, i32), i32> {
        BTreeMap::from([((1, 2), 3)])
    }
}

#[tokio::test]
async fn what_json_cannot_hold_is_an_error() -> Outcome {
    for client in clients(impossible::into_server).await? {
        for (tool, told) in [
            ("nan", "it is NaN"),
            ("infinite", "it is inf"),
            ("inside", "`a[2]` is -inf"),
            ("composed", "`[0]` is NaN"),
        ] {
            let result = client.call(tool, ()).await?;
            assert_failed(&result, told);
            assert!(result.structured_content.is_none(), "{result:?}");
        }
        let outcome = client.call("keys", ()).await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "");
        let outcome = ask(&client, "resources/read", json!({ "uri": "numbers://all" })).await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "`a` is NaN");
    }
    Ok(())
}
