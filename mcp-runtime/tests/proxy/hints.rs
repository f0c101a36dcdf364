//! Cache hints of upstream servers.

use mcp_runtime::Server;
use mcp_runtime::client::Era;
use mcp_runtime::tool::Tool;
use serde_json::{Value, json};

use crate::answering::{all_lists, answering, member, through};

/// Methods whose results have hints, and a request of each.
fn requests() -> [(&'static str, Value); 5] {
    [
        ("tools/list", json!({})),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("prompts/list", json!({})),
        ("resources/read", json!({ "uri": "x://a" })),
    ]
}

/// An upstream server with one resource that gives a hint to all its results.
fn hinting(
    era: Era,
    hint: Value,
) -> mcp_runtime::client::ClientBuilder<mcp_runtime::client::Stream> {
    answering(era, all_lists(), move |method, _| {
        let mut result = match method {
            "resources/list" => json!({ "resources": [{ "uri": "x://a", "name": "a" }] }),
            "resources/read" => json!({ "contents": [{ "uri": "x://a", "text": "t" }] }),
            _ => json!({ member(method).ok_or(-32601)?: [] }),
        };
        result.as_object_mut().unwrap().extend(hint.as_object().cloned().unwrap());
        Ok(result)
    })
}

async fn check(era: Era, hint: Value, expected_list: (u64, &str), expected_read: (u64, &str)) {
    let client = through(Era::Modern, Server::new("gateway", "1"), [hinting(era, hint.clone())]);
    let client = client.await;
    for (method, params) in requests() {
        let result: Value = client.request(method, params).await.unwrap();
        let expected = if method == "resources/read" { expected_read } else { expected_list };
        let found = (result["ttlMs"].as_u64().unwrap(), result["cacheScope"].as_str().unwrap());
        assert_eq!(found, expected, "{method} {hint} {era:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_states_is_not_exceeded() {
    let modern = |hint, list, read| check(Era::Modern, hint, list, read);
    let stated = |scope: &str, ttl: u64| json!({ "cacheScope": scope, "ttlMs": ttl });
    modern(stated("private", 0), (0, "private"), (0, "private")).await;
    modern(stated("private", 1000), (1000, "private"), (1000, "private")).await;
    modern(stated("public", 0), (0, "public"), (0, "public")).await;
    modern(stated("public", 1000), (1000, "public"), (1000, "public")).await;
    // The gateway's own hint is a minute.
    modern(stated("public", 90_000), (60_000, "public"), (90_000, "public")).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_server_does_not_state_is_the_strictest() {
    for hint in [
        json!({}),
        json!({ "ttlMs": null, "cacheScope": null }),
        json!({ "ttlMs": -5, "cacheScope": "shared" }),
        json!({ "ttlMs": "1000", "cacheScope": 1 }),
    ] {
        check(Era::Modern, hint, (0, "private"), (0, "private")).await;
    }
    check(Era::Modern, json!({ "ttlMs": 1000 }), (1000, "private"), (1000, "private")).await;
    check(Era::Modern, json!({ "cacheScope": "public" }), (0, "public"), (0, "public")).await;
    check(Era::Legacy, json!({}), (0, "private"), (0, "private")).await;
}

#[tokio::test(start_paused = true)]
async fn the_strictest_server_decides() {
    let own = Tool::new("own", r#"{"type":"object"}"#, async |_cx, _arguments| "done");
    let gateway = Server::new("gateway", "1").tool(own);
    let public = hinting(Era::Modern, json!({ "cacheScope": "public", "ttlMs": 500 }));
    // This one has tools only, so it states nothing about other lists.
    let private = answering(Era::Modern, json!({ "tools": {} }), |method, _| match method {
        "tools/list" => Ok(json!({ "tools": [], "cacheScope": "private", "ttlMs": 700 })),
        _ => Err(-32601),
    });
    let public = public.connect().await.unwrap();
    let public = mcp_runtime::gateway::Proxy::of(public).await.unwrap();
    let client = through(Era::Modern, gateway.proxy(public), [private]).await;
    let hint = async |method: &str| {
        let result: Value = client.request(method, json!({})).await.unwrap();
        (result["ttlMs"].as_u64().unwrap(), result["cacheScope"].as_str().unwrap().to_owned())
    };
    assert_eq!(hint("tools/list").await, (500, "private".into()));
    assert_eq!(hint("prompts/list").await, (500, "public".into()));
}

#[tokio::test(start_paused = true)]
async fn the_strictest_page_decides() {
    let upstream =
        answering(Era::Modern, json!({ "tools": { "listChanged": true } }), |_, params| {
            Ok(match params["cursor"].as_str() {
                None => {
                    json!({ "tools": [], "nextCursor": "2", "ttlMs": 500, "cacheScope": "public" })
                }
                Some(_) => json!({ "tools": [], "ttlMs": 300, "cacheScope": "private" }),
            })
        });
    let client = through(Era::Modern, Server::new("gateway", "1"), [upstream]).await;
    let result: Value = client.request("tools/list", json!({})).await.unwrap();
    assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(300), &json!("private")));
}

#[tokio::test(start_paused = true)]
async fn a_list_ages_unless_its_changes_are_reported() {
    for (reports, left) in [(false, 600), (true, 1000)] {
        let capabilities = json!({ "tools": { "listChanged": reports } });
        let upstream = answering(Era::Modern, capabilities, |_, _| {
            Ok(json!({ "tools": [], "ttlMs": 1000, "cacheScope": "public" }))
        });
        let client = through(Era::Modern, Server::new("gateway", "1"), [upstream]).await;
        tokio::time::advance(std::time::Duration::from_millis(400)).await;
        let result: Value = client.request("tools/list", json!({})).await.unwrap();
        assert_eq!(result["ttlMs"], left, "{reports}");
    }
}
