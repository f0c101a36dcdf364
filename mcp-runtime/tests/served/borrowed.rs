//! Arguments that borrow strings and bytes from the call.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use mcp_runtime::prelude::*;
use mcp_runtime::testing::{assert_failed, assert_text};
use mcp_runtime::tool::{Arguments, Tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::kit::{Outcome, clients};

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only formatted")]
struct Note<'a> {
    text: &'a str,
    title: Option<&'a str>,
    #[serde(borrow)]
    tags: Vec<&'a str>,
    #[serde(borrow)]
    by: Option<Author<'a>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[expect(dead_code, reason = "only formatted")]
enum Author<'a> {
    Person { name: &'a str },
    Team { members: Vec<Cow<'a, str>> },
}

/// Take lists.
#[tool]
fn lists(
    a: Vec<&str>,
    b: Option<Vec<&str>>,
    c: Option<[&str; 2]>,
    d: Option<Vec<Vec<&str>>>,
) -> String {
    format!("{a:?} {b:?} {c:?} {d:?}")
}

/// Take maps and tuples.
#[tool]
fn maps(
    a: BTreeMap<&str, &str>,
    b: Option<HashMap<&str, Vec<&str>>>,
    c: Option<(&str, i64, &str)>,
) -> String {
    format!("{a:?} {b:?} {c:?}")
}

/// Take structs and enums.
#[tool]
fn structs(note: Note<'_>, notes: Option<Vec<Note<'_>>>) -> String {
    format!("{note:?} {notes:?}")
}

/// Take bytes.
#[tool]
fn bytes(a: &[u8], b: Option<Vec<&[u8]>>) -> String {
    format!("{a:?} {b:?}")
}

fn server() -> Server {
    let dynamic = Tool::new(
        "dynamic",
        json!({ "type": "object" }),
        async |_: Context, arguments: Arguments| {
            #[derive(Debug, Deserialize)]
            #[expect(dead_code, reason = "only formatted")]
            struct Input<'a> {
                text: &'a str,
                #[serde(borrow)]
                list: Vec<&'a str>,
            }
            let told = arguments.parse::<Input<'_>>().map(|input| format!("{input:?}"))?;
            Ok::<_, ToolError>(told)
        },
    );
    Server::new("borrowed", "1")
        .with::<(lists, maps, structs, bytes)>()
        .tool(dynamic.description("Do it."))
}

fn strict() -> Server {
    server().strict_arguments()
}

async fn takes(tool: &str, arguments: &str, expected: &str) -> Outcome {
    for client in clients(server).await?.into_iter().chain(clients(strict).await?) {
        let arguments = RawValue::from_string(arguments.to_owned()).unwrap();
        assert_text(&client.call(tool, arguments).await?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn lists_of_text_take_escapes() -> Outcome {
    takes("lists", r#"{"a":["x"]}"#, r#"["x"] None None None"#).await?;
    takes("lists", r#"{"a":["a\nb"]}"#, r#"["a\nb"] None None None"#).await?;
    takes(
        "lists",
        r#"{"a":["\u0041","p"],"b":["\"","\\"],"c":["\t","\t"],"d":[[],["\u00e4\n"]]}"#,
        r#"["A", "p"] Some(["\"", "\\"]) Some(["\t", "\t"]) Some([[], ["ä\n"]])"#,
    )
    .await
}

#[tokio::test]
async fn maps_and_tuples_of_text_take_escapes() -> Outcome {
    takes(
        "maps",
        r#"{"a":{"k\n":"v\n","p":"q"},"b":{"\u0042":["\n"]},"c":["\r",1,"x"]}"#,
        r#"{"k\n": "v\n", "p": "q"} Some({"B": ["\n"]}) Some(("\r", 1, "x"))"#,
    )
    .await
}

#[tokio::test]
async fn types_with_lifetimes_take_escapes() -> Outcome {
    takes(
        "structs",
        r#"{"note":{"text":"a\n","title":"b\"","tags":["c\\"],"by":{"kind":"person","name":"d\t"}},
            "notes":[{"text":"e","tags":[],"by":{"members":["f\n"],"kind":"team"}}]}"#
            .replace("\n            ", "")
            .as_str(),
        "Note { text: \"a\\n\", title: Some(\"b\\\"\"), tags: [\"c\\\\\"], by: Some(Person { name: \"d\\t\" }) } \
         Some([Note { text: \"e\", title: None, tags: [], by: Some(Team { members: [\"f\\n\"] }) }])",
    )
    .await
}

#[tokio::test]
async fn bytes_are_the_numbers_that_their_schema_describes() -> Outcome {
    takes("bytes", r#"{"a":[1,2,255],"b":[[],[3]]}"#, "[1, 2, 255] Some([[], [3]])").await?;
    for client in clients(server).await? {
        let list = client.tools().all().await?;
        let schema = list.iter().find(|tool| tool.name == "bytes").unwrap().input_schema.to_value();
        assert_eq!(schema["properties"]["a"]["items"]["maximum"], json!(255));
        for (value, error) in [
            (json!("ab"), "`a`: expected an array, got \"ab\""),
            (json!([1, 256]), "`a[1]`: expected an integer from 0 to 255, got 256"),
        ] {
            assert_failed(&client.call("bytes", json!({ "a": value })).await?, error);
        }
    }
    Ok(())
}

#[tokio::test]
async fn dynamic_tools_lend_decoded_text() -> Outcome {
    takes(
        "dynamic",
        r#"{"text":"a\nb","list":["\u0041","c"]}"#,
        r#"Input { text: "a\nb", list: ["A", "c"] }"#,
    )
    .await
}
