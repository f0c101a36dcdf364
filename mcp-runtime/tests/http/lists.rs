//! The list of tools: its pages, its hints, and what each revision knows of a tool.

use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ToolAnnotations;
use serde_json::{Value, json};

use crate::client::{Draft, open};
use crate::site::another_tool;

fn numbered(count: usize) -> Server {
    let tools = (0..count).map(|number| another_tool(&format!("tool_{number}")));
    tools.fold(Server::new("lists", "1.0.0"), Server::tool)
}

fn names(list: &Value) -> Vec<&str> {
    let tools = list["result"]["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_follow_one_another() {
    let mut server = numbered(7).page_size(3);
    let handle = server.handle();
    let service = server.into_service().unwrap();
    let page = async |params: Value| Draft::modern("tools/list", params).send(&service).await;
    let first = page(json!({})).await.json();
    assert_eq!(names(&first), ["tool_0", "tool_1", "tool_2"]);
    let second = page(json!({ "cursor": first["result"]["nextCursor"] })).await.json();
    assert_eq!(names(&second), ["tool_3", "tool_4", "tool_5"]);
    // A tool of an earlier page goes away; the next page begins where this one ended.
    assert!(handle.remove_tool("tool_1"));
    let third = page(json!({ "cursor": second["result"]["nextCursor"] })).await.json();
    assert_eq!(names(&third), ["tool_6"]);
    assert!(third["result"]["nextCursor"].is_null());
    // The tool that a cursor names goes away.
    assert!(handle.remove_tool("tool_5"));
    let lost = page(json!({ "cursor": second["result"]["nextCursor"] })).await;
    assert_eq!((lost.status.as_u16(), lost.code()), (200, -32602));
    assert_eq!(page(json!({ "cursor": "tampered" })).await.code(), -32602);
}

fn resource(uri: &str) -> Resource {
    Resource::new(uri, "resource", async |_, _| "text")
}

fn listed() -> Vec<ResourceLink> {
    vec![ResourceLink::new("b:1", "one"), ResourceLink::new("b:2", "two")]
}

#[tokio::test]
async fn every_list_has_pages_and_refuses_cursors_of_others() {
    let prompt = |name: &str| Prompt::new(name, async |_, _| "text");
    let service = numbered(2)
        .resource(resource("a:1"))
        .resource(resource("b:{c}").list(listed))
        .resource(resource("d:{e}"))
        .prompt(prompt("one"))
        .prompt(prompt("two"))
        .page_size(1)
        .into_service()
        .unwrap();
    let page = async |method: &str, params: Value| {
        Draft::modern(method, params).send(&service).await.json()
    };
    for (method, pages) in [
        ("tools/list", 2),
        ("resources/list", 3),
        ("resources/templates/list", 2),
        ("prompts/list", 2),
    ] {
        let mut cursor = Value::Null;
        for number in 1..=pages {
            let answer = page(method, json!({ "cursor": cursor })).await;
            cursor = answer["result"]["nextCursor"].clone();
            assert_eq!(cursor.is_string(), number < pages, "{method} {answer}");
        }
        let first = page(method, json!({})).await["result"]["nextCursor"].clone();
        let longer = format!("{}A", first.as_str().unwrap());
        for bad in [json!("tampered"), json!(""), json!(7), json!({}), json!(longer)] {
            let answer = page(method, json!({ "cursor": bad })).await;
            assert_eq!(answer["error"]["code"], -32602, "{method} {bad} {answer}");
        }
    }
    let of_tools = page("tools/list", json!({})).await["result"]["nextCursor"].clone();
    let answer = page("prompts/list", json!({ "cursor": of_tools })).await;
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
}

#[tokio::test]
async fn all_tools_are_on_one_page_unless_told_otherwise() {
    let service = numbered(400).into_service().unwrap();
    let list = Draft::modern("tools/list", json!({})).send(&service).await.json();
    assert_eq!(names(&list).len(), 400);
    assert!(list["result"]["nextCursor"].is_null());
    assert_eq!(list["result"]["ttlMs"], 60_000);
    assert_eq!(list["result"]["cacheScope"], "public");
}

#[tokio::test]
async fn a_tool_is_shown_as_the_revision_knows_it() {
    let tool = another_tool("shown")
        .title("Shown")
        .icons([Icon::new("https://example.com/icon.png")])
        .annotations(ToolAnnotations::new().with_read_only(true))
        .output_schema(json!({ "type": "integer" }));
    let service = Server::new("lists", "1.0.0").tool(tool).into_service().unwrap();
    let mut shown = Vec::new();
    for revision in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] {
        let session = open(&service, revision).await;
        let list = Draft::in_session(&session, 2, "tools/list", json!({})).send(&service).await;
        shown.push(list.json()["result"]["tools"][0].clone());
    }
    shown.push(
        Draft::modern("tools/list", json!({})).send(&service).await.json()["result"]["tools"][0]
            .clone(),
    );
    let has = |key: &str| shown.iter().map(|tool| !tool[key].is_null()).collect::<Vec<_>>();
    assert_eq!(has("annotations"), [false, true, true, true, true]);
    assert_eq!(has("title"), [false, false, true, true, true]);
    assert_eq!(has("outputSchema"), [false, false, true, true, true]);
    assert_eq!(has("icons"), [false, false, false, true, true]);
    assert_eq!(shown[2]["outputSchema"]["properties"]["result"], json!({ "type": "integer" }));
    assert_eq!(shown[4]["outputSchema"], json!({ "type": "integer" }));
}
