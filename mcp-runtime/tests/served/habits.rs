//! Values that models send in place of others, and `strict_arguments`.

use std::collections::BTreeMap;

use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_refused, assert_text};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, clients};

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only formatted")]
struct Place<'a> {
    #[serde(borrow)]
    city: std::borrow::Cow<'a, str>,
    floor: Option<i8>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Kelvin,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only formatted")]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shape {
    Circle { radius: f64 },
}

/// Take numbers.
#[tool]
fn numbers(#[arg(default = 7, max = 9)] a: i64, b: Option<f64>) -> String {
    format!("{a} {b:?}")
}

/// Take booleans.
#[tool]
fn booleans(a: Option<bool>, #[arg(default = true)] b: bool) -> String {
    format!("{a:?} {b}")
}

/// Take containers.
#[tool]
fn containers(
    list: Option<Vec<i64>>,
    place: Option<Place<'_>>,
    map: Option<BTreeMap<String, bool>>,
    shape: Option<Shape>,
    pair: Option<(i64, String)>,
) -> String {
    format!("{list:?} {place:?} {map:?} {shape:?} {pair:?}")
}

/// Take strings.
#[tool]
fn strings(a: &str, b: Option<String>, unit: Option<Unit>, any: Option<Value>) -> String {
    format!("{a:?} {b:?} {unit:?} {any:?}")
}

/// Take a required number.
#[tool]
fn required(a: i64) -> String {
    a.to_string()
}

fn server() -> Server {
    Server::new("habits", "1").with::<(numbers, booleans, containers, strings, required)>()
}

fn strict() -> Server {
    server().strict_arguments()
}

async fn call(
    client: &TestClient,
    tool: &str,
    arguments: &str,
) -> Result<CallToolResult, mcp_runtime::client::Error> {
    client.call(tool, RawValue::from_string(arguments.to_owned()).unwrap()).await
}

async fn takes(tool: &str, arguments: &str, expected: &str) -> Outcome {
    for client in clients(server).await? {
        assert_text(&call(&client, tool, arguments).await?, expected);
    }
    Ok(())
}

/// Checks that a call is accepted by default, with the same result as the plain arguments, and refused
/// by a strict server, which accepts the plain ones.
async fn is_a_habit(tool: &str, arguments: &str, plain: &str) -> Outcome {
    for (client, strict) in clients(server).await?.into_iter().zip(clients(strict).await?) {
        let expected = call(&strict, tool, plain).await?;
        assert!(!expected.is_error, "{plain}: {expected:?}");
        assert_eq!(call(&client, tool, arguments).await?.content, expected.content, "{arguments}");
        let refused = call(&strict, tool, arguments).await?;
        assert!(refused.is_error, "{arguments}: {refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn numbers_are_read_from_strings() -> Outcome {
    is_a_habit("numbers", r#"{"a":"5","b":"-1.5e0"}"#, r#"{"a":5,"b":-1.5}"#).await?;
    is_a_habit("numbers", r#"{"a":"5.0","b":"2"}"#, r#"{"a":5,"b":2}"#).await?;
    is_a_habit("numbers", r#"{"a":"","b":"null"}"#, "{}").await?;
    is_a_habit("required", r#"{"a":"5"}"#, r#"{"a":5}"#).await
}

#[tokio::test]
async fn booleans_are_words_and_numbers() -> Outcome {
    for word in [r#""true""#, r#""True""#, r#""YES""#, r#""on""#, "1", r#""1""#] {
        let arguments = format!(r#"{{"a":{word},"b":{word}}}"#);
        is_a_habit("booleans", &arguments, r#"{"a":true,"b":true}"#).await?;
    }
    for word in [r#""false""#, r#""FALSE""#, r#""no""#, r#""Off""#, "0", r#""0""#] {
        let arguments = format!(r#"{{"a":{word},"b":{word}}}"#);
        is_a_habit("booleans", &arguments, r#"{"a":false,"b":false}"#).await?;
    }
    is_a_habit("booleans", r#"{"a":"","b":"null"}"#, "{}").await
}

#[tokio::test]
async fn containers_are_read_from_strings() -> Outcome {
    is_a_habit("containers", r#"{"list":"[1, 2]"}"#, r#"{"list":[1,2]}"#).await?;
    let place = r#"{"place":{"city":"a\nb","floor":1}}"#;
    is_a_habit("containers", r#"{"place":" {\"city\":\"a\\nb\",\"floor\":1} "}"#, place).await?;
    is_a_habit("containers", r#"{"map":"{\"a\":true}"}"#, r#"{"map":{"a":true}}"#).await?;
    let shape = r#"{"shape":{"kind":"circle","radius":1}}"#;
    is_a_habit("containers", r#"{"shape":"{\"kind\":\"circle\",\"radius\":1}"}"#, shape).await?;
    is_a_habit("containers", r#"{"pair":"[1,\"x\"]"}"#, r#"{"pair":[1,"x"]}"#).await?;
    let empty = r#"{"list":"","place":"null","map":"","shape":"","pair":"null"}"#;
    is_a_habit("containers", empty, "{}").await
}

#[tokio::test]
async fn text_stays_text() -> Outcome {
    for text in ["5", "true", "[1,2]", "null", "", "{}", "yes"] {
        let text = json!(text).to_string();
        let arguments = format!(r#"{{"a":{text},"b":{text},"any":{text}}}"#);
        let expected = format!("{text} Some({text}) None Some(String({text}))");
        takes("strings", &arguments, &expected).await?;
    }
    // An enum has no empty value.
    takes("strings", r#"{"a":"x","unit":""}"#, r#""x" None None None"#).await?;
    for client in clients(server).await? {
        for value in ["5", "true", "[1]", "{}"] {
            let result = call(&client, "strings", &format!(r#"{{"a":{value}}}"#)).await?;
            assert_failed(&result, "- `a`: expected a string, got ");
        }
    }
    Ok(())
}

#[tokio::test]
async fn values_inside_of_others_are_what_they_are() -> Outcome {
    for client in clients(server).await? {
        for (arguments, error) in [
            (r#"{"list":["1"]}"#, r#"`list[0]`: expected an integer, got "1""#),
            (r#"{"list":"[\"1\"]"}"#, "`list"),
            (r#"{"list":"1"}"#, "`list`: expected an array"),
            (r#"{"place":"[]"}"#, "`place`"),
        ] {
            assert_failed(&call(&client, "containers", arguments).await?, error);
        }
        for (tool, arguments, error) in [
            ("required", r#"{"a":""}"#, r#"`a`: expected an integer, got """#),
            ("required", r#"{"a":"null"}"#, r#"`a`: expected an integer, got "null""#),
            ("required", r#"{"a":"yes"}"#, r#"`a`: expected an integer, got "yes""#),
            ("numbers", r#"{"a":"10"}"#, "`a`: expected at most 9, got"),
            ("booleans", r#"{"a":2}"#, "`a`: expected a boolean, got 2"),
        ] {
            assert_failed(&call(&client, tool, arguments).await?, error);
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_array_is_no_arguments() -> Outcome {
    let prompted =
        |server: fn() -> Server| move || server().prompt(Prompt::new("p", async |_, _| "text"));
    let requests = [
        ("tools/call", json!({ "name": "numbers", "arguments": [] })),
        ("prompts/get", json!({ "name": "p", "arguments": [] })),
        ("tools/list", json!({ "cursor": "" })),
        ("prompts/list", json!({ "cursor": "" })),
    ];
    for client in clients(prompted(server)).await? {
        for (method, params) in &requests {
            ask(&client, method, params).await?;
        }
        let params = json!({ "name": "numbers", "arguments": [1] });
        let refused = ask(&client, "tools/call", params).await;
        assert_refused(&refused, ErrorCode::INVALID_PARAMS, "`arguments`");
    }
    for client in clients(prompted(strict)).await? {
        for (method, params) in &requests {
            let refused = ask(&client, method, params).await;
            assert_refused(&refused, ErrorCode::INVALID_PARAMS, "`");
        }
    }
    Ok(())
}

#[tokio::test]
async fn null_leaves_an_argument_out_of_a_strict_tool_too() -> Outcome {
    for client in clients(strict).await? {
        assert_text(&call(&client, "numbers", r#"{"a":null,"b":null}"#).await?, "7 None");
        assert_text(&call(&client, "numbers", r#"{"a":5.0}"#).await?, "5 None");
    }
    Ok(())
}
