//! Lists of upstream servers that cannot be offered as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::Server;
use mcp_runtime::client::{Client, Era};
use mcp_runtime::gateway::Proxy;
use mcp_runtime::resource::Resource;
use mcp_runtime::tool::Tool;
use serde_json::{Value, json};

use crate::answering::{Answer, all_lists, answering, items, listed, member, through, tool};
use crate::gateway::{ERAS, connect};

/// A client of a gateway to a server, without a prefix.
async fn offering(
    eras: (Era, Era),
    answer: impl FnMut(&str, &Value) -> Answer + Send + 'static,
) -> Client {
    let upstream = answering(eras.1, all_lists(), answer);
    through(eras.0, Server::new("gateway", "1"), [upstream]).await
}

fn own_tool(name: &str) -> Tool {
    Tool::new(name, r#"{"type":"object"}"#, async |_cx, _arguments| "own")
}

#[tokio::test]
async fn of_items_with_one_key_the_first_is_offered() {
    let named = |key: &str, member: &str| {
        let item = |description: &str| {
            let mut item = json!({ "name": "n", "description": description });
            item[member] = key.into();
            item["inputSchema"] = json!({ "type": "object" });
            item
        };
        json!([item("first"), item("second")])
    };
    for (method, key, member) in [
        ("tools/list", "same", "name"),
        ("prompts/list", "same", "name"),
        ("resources/list", "x://same", "uri"),
        ("resources/templates/list", "x://same/{a}", "uriTemplate"),
    ] {
        for eras in ERAS {
            let list = named(key, member);
            let client = offering(eras, move |asked, _| items(asked, method, list.clone())).await;
            let result: Value = client.request(method, json!({})).await.unwrap();
            let items = result[crate::answering::member(method).unwrap()].as_array().unwrap();
            let found: Vec<_> = items.iter().map(|item| item["description"].as_str()).collect();
            assert_eq!(found, [Some("first")], "{method} {eras:?}");
        }
    }
}

#[tokio::test]
async fn of_ambiguous_templates_the_first_is_offered() {
    let template = |uri: &str| json!({ "uriTemplate": uri, "name": uri });
    for eras in ERAS {
        let list = json!(["x://{a}", "x://{b}", "y://{a}", "x://{a}/c", "x://{"].map(template));
        let client =
            offering(eras, move |asked, _| items(asked, "resources/templates/list", list.clone()));
        let found = listed(&client.await, "resources/templates/list").await;
        assert_eq!(found, ["x://{a}", "y://{a}", "x://{a}/c"], "{eras:?}");
    }
}

#[tokio::test]
async fn own_components_are_offered_before_those_of_others() {
    let server = || {
        answering(Era::Modern, all_lists(), |asked, _| match asked {
            "tools/list" => items(asked, asked, json!(["a", "b"].map(tool))),
            "resources/templates/list" => {
                let templates = ["x://{a}", "z://{a}"];
                items(
                    asked,
                    asked,
                    json!(templates.map(|uri| json!({ "uriTemplate": uri, "name": uri }))),
                )
            }
            _ => items(asked, "", json!([])),
        })
    };
    let resource = Resource::new("x://{own}", "own", async |_cx, _variables| "text");
    let mut gateway = Server::new("gateway", "1").tool(own_tool("a")).resource(resource);
    gateway.handle().add_tool(own_tool("b")).unwrap();
    let client = through(Era::Modern, gateway, [server(), server()]).await;
    assert_eq!(listed(&client, "tools/list").await, ["a", "b"]);
    let templates = listed(&client, "resources/templates/list").await;
    assert_eq!(templates, ["x://{own}", "z://{a}"]);
    for name in ["a", "b"] {
        let result = client.call(name, ()).await.unwrap();
        assert_eq!(result.content[0].as_text(), Some("own"), "{name}");
    }
}

#[tokio::test]
async fn of_a_long_list_the_first_items_are_offered() {
    let item = |method: &str, index: usize| match method {
        "tools/list" => tool(&format!("t{index}")),
        "prompts/list" => json!({ "name": format!("p{index}") }),
        "resources/list" => json!({ "uri": format!("x://{index}"), "name": "r" }),
        _ => json!({ "uriTemplate": format!("x://{index}/{{a}}"), "name": "t" }),
    };
    for method in ["tools/list", "prompts/list", "resources/list", "resources/templates/list"] {
        let list: Vec<_> = (0..10_050).map(|index| item(method, index)).collect();
        let list = Value::from(list);
        let client = offering(ERAS[0], move |asked, _| items(asked, method, list.clone())).await;
        let found = listed(&client, method).await;
        assert_eq!(found.len(), 10_000, "{method}");
    }
}

#[tokio::test]
async fn an_endless_list_is_left_after_its_first_items() {
    for eras in ERAS {
        let asked_count = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&asked_count);
        let client = offering(eras, move |method, _| {
            if method != "tools/list" {
                return items(method, "", json!([]));
            }
            let page = count.fetch_add(1, Ordering::Relaxed);
            let tools: Vec<_> = (0..200).map(|index| tool(&format!("t{page}-{index}"))).collect();
            Ok(json!({ "tools": tools, "nextCursor": page.to_string() }))
        });
        assert_eq!(listed(&client.await, "tools/list").await.len(), 10_000, "{eras:?}");
        assert!(asked_count.load(Ordering::Relaxed) <= 52, "{eras:?}");
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_keeps_what_came() {
    for eras in ERAS {
        for (cursor, answer) in [
            // The same cursor again, an error, and a page without a list.
            ("again", Ok(json!({ "tools": [tool("b")], "nextCursor": "again" }))),
            ("more", Err(-32603)),
            ("more", Ok(json!({ "tools": "none" }))),
        ] {
            let shown = format!("{answer:?} {eras:?}");
            let client = offering(eras, move |method, params| match params["cursor"].as_str() {
                _ if method != "tools/list" => items(method, "", json!([])),
                None => Ok(json!({ "tools": [tool("a")], "nextCursor": cursor })),
                Some(_) => answer.clone(),
            });
            let found = listed(&client.await, "tools/list").await;
            assert_eq!(found[0], "a", "{shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_refused_is_requested_again() {
    for eras in ERAS {
        for broken in [Err(-32603), Ok(json!({})), Ok(json!({ "prompts": 7 }))] {
            let count = AtomicUsize::new(0);
            let shown = format!("{broken:?} {eras:?}");
            let client = offering(eras, move |method, _| match method {
                "tools/list" => items(method, method, json!([tool("a")])),
                "prompts/list" if count.fetch_add(1, Ordering::Relaxed) < 2 => broken.clone(),
                "prompts/list" => items(method, method, json!([{ "name": "p" }])),
                _ => items(method, "", json!([])),
            })
            .await;
            assert_eq!(listed(&client, "tools/list").await, ["a"], "{shown}");
            while listed(&client, "prompts/list").await != ["p"] {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

#[tokio::test]
async fn a_server_that_gives_no_list_is_an_error() {
    let upstream = answering(Era::Modern, all_lists(), |_, _| Err(-32603));
    let client = upstream.connect().await.unwrap();
    let error = Proxy::of(client).await.unwrap_err();
    assert_eq!(error.remote().map(|error| error.code.0), Some(-32603), "{error}");
}

#[tokio::test]
async fn a_changed_list_may_have_items_that_cannot_be_offered() {
    use mcp_runtime::client::Watch;
    // The list changes while it is requested for the first time.
    for eras in ERAS {
        let (mut peer, client) = crate::scripted::connected(eras, |it| it).await;
        let mut changes = client.subscribe(Watch::lists()).await.unwrap();
        let params = match eras.1 {
            Era::Modern => json!({ "_meta": { "io.modelcontextprotocol/subscriptionId": 2 } }),
            _ => json!({}),
        };
        peer.notify("notifications/tools/list_changed", params).await;
        let asked = peer.expect("tools/list").await;
        let tools = json!(["t", "t", "no name", "u"].map(tool));
        peer.answer(&asked, json!({ "resultType": "complete", "tools": tools })).await;
        changes.next().await.unwrap().unwrap();
        assert_eq!(listed(&client, "tools/list").await, ["up_t", "up_u"], "{eras:?}");
    }
}

#[tokio::test]
async fn every_list_has_a_member() {
    let client = connect(Server::new("s", "1").tool(own_tool("a")), Era::Modern, |it| it).await;
    let listed: Value = client.request("tools/list", json!({})).await.unwrap();
    assert!(listed[member("tools/list").unwrap()].is_array());
}
