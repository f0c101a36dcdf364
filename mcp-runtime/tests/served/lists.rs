//! Lists: pages, cache hints, and the members of a tool in each revision.

use mcp_runtime::client::Error;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::ToolAnnotations;
use mcp_runtime::revision::Revision;
use mcp_runtime::testing::{TestClient, assert_refused, eras};
use serde_json::{Value, json};

use crate::kit::{Outcome, ask, assert_hint, clients, each, tool};

fn numbered(count: usize) -> Server {
    let tools = (0..count).map(|number| tool(&format!("tool_{number}")));
    tools.fold(Server::new("lists", "1.0.0"), Server::tool)
}

/// A page of a list.
async fn page(client: &TestClient, method: &str, cursor: &Value) -> Result<Value, Error> {
    ask(client, method, json!({ "cursor": cursor })).await
}

#[tokio::test]
async fn pages_follow_one_another() -> Outcome {
    for era in eras() {
        let mut server = numbered(7).page_size(3);
        let handle = server.handle();
        let client = TestClient::of(server).era(era).connect().await?;
        let page = async |cursor: &Value| page(&client, "tools/list", cursor).await;
        let first = ask(&client, "tools/list", ()).await?;
        assert_eq!(each(&first["tools"], "name"), ["tool_0", "tool_1", "tool_2"]);
        let second = page(&first["nextCursor"]).await?;
        assert_eq!(each(&second["tools"], "name"), ["tool_3", "tool_4", "tool_5"]);
        // A tool of an earlier page is removed; the next page starts at the same tool.
        assert!(handle.remove_tool("tool_1"));
        let third = page(&second["nextCursor"]).await?;
        assert_eq!(each(&third["tools"], "name"), ["tool_6"]);
        assert!(third["nextCursor"].is_null());
        let all: Vec<_> = client.tools().all().await?.into_iter().map(|tool| tool.name).collect();
        assert_eq!(all, ["tool_0", "tool_2", "tool_3", "tool_4", "tool_5", "tool_6"]);
        // The tool that a cursor refers to is removed.
        assert!(handle.remove_tool("tool_5"));
        for lost in [&second["nextCursor"], &json!("tampered")] {
            assert_refused(&page(lost).await, ErrorCode::INVALID_PARAMS, "cursor");
        }
    }
    Ok(())
}

fn resource(uri: &str) -> Resource {
    Resource::new(uri, "resource", async |_, _| "text")
}

fn listed() -> Vec<ResourceLink> {
    vec![ResourceLink::new("b:1", "one"), ResourceLink::new("b:2", "two")]
}

fn one_a_page() -> Server {
    let prompt = |name: &str| Prompt::new(name, async |_, _| "text");
    numbered(2)
        .resource(resource("a:1"))
        .resource(resource("b:{c}").list(listed))
        .resource(resource("d:{e}"))
        .prompt(prompt("one"))
        .prompt(prompt("two"))
        .page_size(1)
}

#[tokio::test]
async fn every_list_has_pages_and_refuses_cursors_of_others() -> Outcome {
    for client in clients(one_a_page).await? {
        for (method, pages) in [
            ("tools/list", 2),
            ("resources/list", 3),
            ("resources/templates/list", 2),
            ("prompts/list", 2),
        ] {
            let mut cursor = Value::Null;
            for number in 1..=pages {
                let found = page(&client, method, &cursor).await?;
                cursor = found["nextCursor"].clone();
                assert_eq!(cursor.is_string(), number < pages, "{method} {found}");
            }
            let first = ask(&client, method, ()).await?["nextCursor"].clone();
            let longer = format!("{}A", first.as_str().unwrap());
            for bad in [json!("tampered"), json!(" "), json!(7), json!({}), json!(longer)] {
                let outcome = page(&client, method, &bad).await;
                assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "cursor");
            }
        }
        let of_tools = ask(&client, "tools/list", ()).await?["nextCursor"].clone();
        let outcome = page(&client, "prompts/list", &of_tools).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "cursor");
    }
    Ok(())
}

#[tokio::test]
async fn all_tools_are_on_one_page_unless_told_otherwise() -> Outcome {
    for client in clients(|| numbered(400)).await? {
        let list = ask(&client, "tools/list", ()).await?;
        assert_eq!(list["tools"].as_array().unwrap().len(), 400);
        assert!(list["nextCursor"].is_null());
        assert_hint(&client, &list, 60_000, "public");
    }
    Ok(())
}

/// The definition of the tool in a revision.
async fn shown(revision: Revision) -> Result<Value, Error> {
    let tool = tool("shown")
        .title("Shown")
        .icons([Icon::new("https://example.com/icon.png")])
        .annotations(ToolAnnotations::new().read_only(true))
        .output_schema(json!({ "type": "integer" }));
    let server = Server::new("lists", "1.0.0").tool(tool);
    let client = TestClient::of(server).revision(revision).connect().await?;
    assert_eq!(client.revision(), revision);
    Ok(ask(&client, "tools/list", ()).await?["tools"][0].clone())
}

#[tokio::test]
async fn a_tool_is_shown_as_the_revision_knows_it() -> Outcome {
    let mut shown = [
        shown(Revision::V2024_11_05).await?,
        shown(Revision::V2025_03_26).await?,
        shown(Revision::V2025_06_18).await?,
        shown(Revision::V2025_11_25).await?,
        shown(Revision::V2026_07_28).await?,
    ];
    let has = |key: &str| shown.each_ref().map(|tool| !tool[key].is_null());
    assert_eq!(has("annotations"), [false, true, true, true, true]);
    assert_eq!(has("title"), [false, false, true, true, true]);
    assert_eq!(has("outputSchema"), [false, false, true, true, true]);
    assert_eq!(has("icons"), [false, false, false, true, true]);
    assert_eq!(shown[2]["outputSchema"]["properties"]["result"], json!({ "type": "integer" }));
    assert_eq!(shown[4]["outputSchema"].take(), json!({ "type": "integer" }));
    Ok(())
}
