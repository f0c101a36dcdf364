//! Subscriptions to lists and resources.

use mcp_runtime::ServerHandle;
use mcp_runtime::client::{Error, Event, Watch};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_refused, assert_text, eras};
use serde_json::{Value, json};

use crate::kit::{Outcome, is_modern, soon, tool};

fn server() -> Server {
    Server::new("watched", "1").tool(tool("here"))
}

/// A client of each era, and the handle of its server.
async fn watchers() -> Result<Vec<(TestClient, ServerHandle)>, Error> {
    let mut watchers = Vec::new();
    for era in eras() {
        let mut server = server();
        let handle = server.handle();
        watchers.push((TestClient::of(server).era(era).connect().await?, handle));
    }
    Ok(watchers)
}

fn resource(uri: &str) -> Event {
    Event::Resource(uri.to_owned())
}

#[tokio::test]
async fn a_client_hears_of_the_resources_it_watches() -> Outcome {
    for (client, handle) in watchers().await? {
        let mut watched =
            client.subscribe(Watch::new().resource("a:1").resource("a:\"2\"")).await?;
        for uri in ["a:\"2\"", "a:3", "a:1", "a:\"2\""] {
            handle.resource_updated(uri);
        }
        // Changes before the notification are coalesced.
        assert_eq!(soon(watched.next()).await.unwrap()?, resource("a:\"2\""));
        assert_eq!(soon(watched.next()).await.unwrap()?, resource("a:1"));
        drop(watched);
        let mut watched = client.subscribe(Watch::new().resource("a:2")).await?;
        handle.resource_updated("a:1");
        handle.resource_updated("a:2");
        assert_eq!(soon(watched.next()).await.unwrap()?, resource("a:2"));
    }
    Ok(())
}

#[tokio::test]
async fn a_client_hears_of_the_lists_it_watches() -> Outcome {
    for (client, handle) in watchers().await? {
        let agreed = client.watch(Watch::new().resources()).await?;
        assert_eq!(json!(agreed), json!({ "resourcesListChanged": true }));
        handle.announce_prompts_changed();
        handle.announce_resources_changed();
        assert_eq!(client.next_change().await, Event::Resources);
        let agreed = client.watch(Watch::new().prompts().resource("a:1")).await?;
        let expected = json!({ "promptsListChanged": true, "resourceSubscriptions": ["a:1"] });
        assert_eq!(json!(agreed), expected);
        handle.announce_prompts_changed();
        assert_eq!(client.next_change().await, Event::Prompts);
        handle.resource_updated("a:1");
        assert_eq!(client.next_change().await, resource("a:1"));
    }
    Ok(())
}

#[tokio::test]
async fn tools_that_come_and_go_are_told_listed_and_called() -> Outcome {
    for (client, handle) in watchers().await? {
        client.watch(Watch::lists()).await?;
        let names = async || {
            let tools = client.tools().all().await?;
            Ok::<_, Error>(tools.into_iter().map(|tool| tool.name).collect::<Vec<_>>())
        };
        handle.add_tool(tool("later")).unwrap();
        assert_eq!(client.next_change().await, Event::Tools);
        assert_eq!(names().await?, ["here", "later"]);
        assert_text(&client.call("later", ()).await?, "done");
        assert!(handle.remove_tool("later"));
        assert_eq!(client.next_change().await, Event::Tools);
        assert_eq!(names().await?, ["here"]);
        let outcome = client.call("later", ()).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "later");
        assert!(handle.add_tool(tool("here")).is_err());
        assert!(!handle.remove_tool("later"));
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused() -> Outcome {
    for (client, _handle) in watchers().await? {
        let invalid = if is_modern(&client) {
            // Each era supports its own methods only.
            vec![
                ("subscriptions/listen", json!({}), ErrorCode::INVALID_PARAMS),
                ("resources/subscribe", json!({ "uri": "a:1" }), ErrorCode::METHOD_NOT_FOUND),
            ]
        } else {
            let code = ErrorCode::INVALID_PARAMS;
            vec![
                ("resources/subscribe", json!({}), code),
                ("resources/subscribe", json!({ "uri": 7 }), code),
                ("resources/unsubscribe", json!({}), code),
                ("resources/unsubscribe", json!({ "uri": 7 }), code),
                (
                    "subscriptions/listen",
                    json!({ "notifications": {} }),
                    ErrorCode::METHOD_NOT_FOUND,
                ),
            ]
        };
        for (method, params, code) in invalid {
            assert_refused(&client.request::<Value>(method, params).await, code, method);
        }
        let many = (0..5000).map(|index| format!("a:{index}"));
        let many = many.fold(Watch::new(), Watch::resource);
        let outcome = client.subscribe(many).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "too many resource subscriptions");
    }
    Ok(())
}
