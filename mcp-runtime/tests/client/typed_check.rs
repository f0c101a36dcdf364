//! Differences that `check` of a typed client finds.

use std::collections::HashMap;

use mcp_runtime::client;
use mcp_runtime::client::{DifferenceKind, Error};
use mcp_runtime::schemars::JsonSchema;
use mcp_runtime::serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::peer::Peer;

/// A number, or its name.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is of interest")]
enum Key {
    Number(i64),
    Name(String),
}

/// A type without a schema.
#[derive(Serialize, Deserialize)]
struct Opaque;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is of interest")]
struct Item {
    name: String,
    price: f64,
    note: Option<String>,
    parts: Vec<Item>,
}

#[client]
trait Shop {
    async fn find(&self, key: Key, most: Option<u8>, tags: Vec<String>, opaque: Opaque) -> Item;
    async fn stock(&self) -> HashMap<String, u64>;
    async fn name(&self) -> String;
    async fn guess(&self) -> Opaque;
    async fn count(&self) -> Option<i64>;
    async fn wipe(&self);
}

/// Returns the differences to a server that lists tools with these schemas.
async fn differences(tools: &[(&str, Value, Value)]) -> Vec<String> {
    let tools: Vec<Value> = tools
        .iter()
        .map(|(name, input, output)| {
            let mut tool = json!({ "name": name, "inputSchema": input });
            if !output.is_null() {
                tool["outputSchema"] = output.clone();
            }
            tool
        })
        .collect();
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let shop = ShopClient::new(client);
    let server = async {
        let asked = peer.expect("tools/list").await;
        peer.answer(&asked, json!({ "tools": tools })).await;
    };
    match tokio::join!(shop.check(), server).0 {
        Ok(()) => Vec::new(),
        Err(Error::SchemaMismatch { differences, .. }) => {
            // Their order is that of the properties, which a feature of `serde_json` changes.
            let mut texts: Vec<_> = differences.iter().map(ToString::to_string).collect();
            texts.sort();
            texts
        }
        Err(error) => panic!("{error}"),
    }
}

/// Returns the tools of the trait, with one replaced.
async fn check(name: &str, input: Value, output: Value, expected: &[&str]) {
    let mut tools: Vec<_> = fitting();
    let tool = tools.iter_mut().find(|tool| tool.0 == name).unwrap();
    (tool.1, tool.2) = (input.clone(), output.clone());
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(differences(&tools).await, expected, "{input} {output}");
}

fn nothing() -> Value {
    json!({ "type": "object", "properties": {} })
}

fn fitting() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("find", find_input(), item()),
        (
            "stock",
            nothing(),
            json!({ "type": "object", "additionalProperties": { "type": "integer" } }),
        ),
        ("name", nothing(), Value::Null),
        ("guess", nothing(), json!({ "type": "array" })),
        ("count", nothing(), json!({ "type": ["integer", "null"] })),
        ("wipe", nothing(), json!({ "type": "string" })),
        ("other", json!({ "type": "object", "required": ["x"] }), Value::Null),
    ]
}

fn find_input() -> Value {
    json!({
        "type": "object",
        "properties": {
            "key": { "type": ["string", "number"] },
            "most": { "$ref": "#/$defs/most" },
            "tags": { "type": "array" },
            "opaque": {},
            "further": { "type": "string" }
        },
        "required": ["key", "tags"],
        "$defs": { "most": { "type": "integer" } }
    })
}

fn item() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": { "enum": ["a", "b"] },
            "price": { "type": "integer" },
            "note": { "anyOf": [{ "type": "string" }, { "type": "null" }] },
            "parts": { "type": "array", "items": { "$ref": "#" } },
            "more": {}
        },
        "required": ["name", "price", "parts"]
    })
}

#[tokio::test]
async fn what_fits_has_no_difference() {
    assert_eq!(differences(&fitting()).await, [""; 0]);
    // A schema that states nothing, or allows more, has no differences.
    check("find", json!({ "type": "object" }), json!({ "type": "object" }), &[]).await;
    let open = json!({ "type": "object", "properties": {}, "additionalProperties": {} });
    check("find", open, Value::Null, &[]).await;
    let wrapped = json!({
        "type": "object",
        "properties": { "result": { "type": ["integer", "null"] } },
        "required": ["result"]
    });
    check("count", nothing(), wrapped, &[]).await;
}

#[tokio::test]
async fn tools_that_are_missing() {
    let mut tools = fitting();
    tools.retain(|tool| tool.0 != "name" && tool.0 != "wipe");
    assert_eq!(
        differences(&tools).await,
        ["the server has no tool `name`", "the server has no tool `wipe`"]
    );
}

#[tokio::test]
async fn arguments_that_are_missing_or_unknown_or_required() {
    let mut input = find_input();
    input["properties"].as_object_mut().unwrap().remove("key");
    input["required"] = json!(["tags", "most", "further"]);
    check(
        "find",
        input,
        Value::Null,
        &[
            "`find` takes no argument `key`",
            "`find` requires the argument `most`, which the trait may leave out",
            "`find` requires the argument `further`, which the trait lacks",
        ],
    )
    .await;
}

#[tokio::test]
async fn arguments_of_other_types() {
    let mut input = find_input();
    input["properties"]["key"] = json!({ "type": "string" });
    input["$defs"]["most"] = json!({ "type": "boolean" });
    input["properties"]["tags"] = json!({ "enum": ["a", 1] });
    check(
        "find",
        input,
        Value::Null,
        &[
            "`find` takes the argument `key` as string, and the trait sends integer or string",
            "`find` takes the argument `most` as boolean, and the trait sends integer",
            "`find` takes the argument `tags` as integer or string, and the trait sends array",
        ],
    )
    .await;
}

#[tokio::test]
async fn outputs_that_cannot_be_read() {
    let number = json!({ "type": "number" });
    let text = "`name` may return number, and the trait reads string";
    check("name", nothing(), number.clone(), &[text]).await;
    let count = "`count` may return number, and the trait reads integer or null";
    check("count", nothing(), number, &[count]).await;
    let mut item = item();
    item["properties"]["name"] = json!({ "type": ["string", "null"] });
    item["properties"]["price"] = json!({ "const": "free" });
    item["properties"]["note"] = json!({ "type": "integer" });
    item["properties"]["parts"] = json!({ "type": "array", "items": { "type": "string" } });
    check(
        "find",
        find_input(),
        item.clone(),
        &[
            "`find` may return null or string as `name`, and the trait reads string",
            "`find` may return integer as `note`, and the trait reads null or string",
            "`find` may return string as `parts[]`, and the trait reads object",
            "`find` may return string as `price`, and the trait reads number",
        ],
    )
    .await;
    item = json!({ "type": "object", "properties": { "name": {} }, "required": ["name", "parts"] });
    check(
        "find",
        find_input(),
        item,
        &["`find` does not promise to return `price`, which the trait reads"],
    )
    .await;
}

#[tokio::test]
async fn all_differences_are_told_at_once() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let shop = ShopClient::new(client);
    let server = async {
        let asked = peer.expect("tools/list").await;
        peer.answer(&asked, json!({ "tools": [] })).await;
    };
    let error = tokio::join!(shop.check(), server).0.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("no tool `find`; the server has no tool `stock`; "), "{text}");
    let Error::SchemaMismatch { differences, .. } = error else { panic!("{error}") };
    assert_eq!(differences.len(), 6);
    assert!(differences.iter().all(|difference| difference.kind == DifferenceKind::NoTool));
}
