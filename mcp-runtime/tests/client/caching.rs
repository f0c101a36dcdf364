//! Cached results: their owners, and when they become stale.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::client::{Cache, Client, Era};
use serde_json::{Value, json};

use crate::peer::{Peer, discovered, text};
use crate::trickle::{HttpServer, Reply};

fn tools(name: &str, scope: &str) -> Value {
    json!({
        "resultType": "complete",
        "tools": [{ "name": name, "inputSchema": { "type": "object" } }],
        "ttlMs": 600_000,
        "cacheScope": scope,
    })
}

async fn listed(client: &Client) -> String {
    client.tools().all().await.unwrap()[0].name.clone()
}

#[tokio::test]
async fn what_is_private_is_kept_for_one_way_to_authorize() {
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        _ => {
            let whose = request.header("x-api-key").or(request.header("cookie"));
            Reply::result(request, tools(whose.unwrap_or("nobody's"), "private"))
        }
    })
    .await;
    let cache = Cache::default();
    for (header, value) in [("x-api-key", "ann"), ("x-api-key", "bob"), ("cookie", "carl")] {
        let client = Client::http(&server.url).era(Era::Modern).cache(cache.clone());
        let client = client.header(header, value).connect().await.unwrap();
        assert_eq!(listed(&client).await, value);
        assert_eq!(listed(&client).await, value);
    }
    assert_eq!(server.asked("tools/list").len(), 3);
}

/// A function may return the token of another user at any time, so only what is public is kept.
#[tokio::test]
async fn a_client_whose_token_changes_keeps_nothing_private() {
    for (scope, second) in [("private", "Bearer bob"), ("public", "Bearer ann")] {
        let server = HttpServer::start(move |request| match request.asks() {
            "server/discover" => Reply::result(request, discovered()),
            _ => {
                let whose = request.header("authorization").unwrap_or_default();
                Reply::result(request, tools(whose, scope))
            }
        })
        .await;
        let token = Arc::new(std::sync::Mutex::new("ann"));
        let current = Arc::clone(&token);
        let client = Client::http(&server.url).era(Era::Modern).bearer_with(move || {
            let token = current.lock().unwrap().to_owned();
            async move { Ok(token) }
        });
        let client = client.connect().await.unwrap();
        assert_eq!(listed(&client).await, "Bearer ann");
        *token.lock().unwrap() = "bob";
        assert_eq!(listed(&client).await, second, "{scope}");
    }
}

#[tokio::test]
async fn a_stream_is_like_no_other() {
    let cache = Cache::default();
    for number in 0..50 {
        let (mut peer, client) = Peer::modern(|builder| builder.cache(cache.clone())).await;
        let name = format!("tool-{number}");
        let server = async {
            let asked = peer.expect("tools/list").await;
            peer.answer(&asked, tools(&name, "public")).await;
            std::future::pending::<()>().await
        };
        let found = tokio::select! {
            found = listed(&client) => found,
            () = server => unreachable!(),
        };
        assert_eq!(found, name);
    }
}

#[tokio::test]
async fn what_changed_while_it_was_on_its_way_is_not_kept() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/list").await;
        peer.notify("notifications/tools/list_changed", json!({})).await;
        peer.answer(&asked, tools("old", "public")).await;
        let asked = peer.expect("tools/list").await;
        peer.answer(&asked, tools("new", "public")).await;
        std::future::pending::<()>().await
    };
    let ask = async { [listed(&client).await, listed(&client).await, listed(&client).await] };
    let found = tokio::select! {
        found = ask => found,
        () = server => unreachable!(),
    };
    assert_eq!(found, ["old", "new", "new"]);
}

#[tokio::test]
async fn a_cursor_that_is_refused_makes_the_kept_pages_stale() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let server = async {
        let asked = peer.expect("tools/list").await;
        let mut page = tools("first", "public");
        page["nextCursor"] = json!("2");
        peer.answer(&asked, page).await;
        let asked = peer.expect("tools/list").await;
        assert_eq!(asked["params"]["cursor"], "2");
        peer.refuse(&asked, -32602, json!(null)).await;
        let asked = peer.expect("tools/list").await;
        assert_eq!(asked["params"].get("cursor"), None);
        peer.answer(&asked, tools("whole", "public")).await;
    };
    let ask = async {
        assert!(client.tools().all().await.is_err());
        listed(&client).await
    };
    let (found, ()) = tokio::join!(ask, server);
    assert_eq!(found, "whole");
}

#[tokio::test]
async fn a_mismatch_of_headers_makes_the_kept_list_stale() {
    let lists = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lists);
    let server = HttpServer::start(move |request| match request.asks() {
        "server/discover" => Reply::result(request, discovered()),
        "tools/list" => {
            let mut list = tools("t", "public");
            if count.fetch_add(1, Ordering::SeqCst) > 0 {
                list["tools"][0]["inputSchema"]["properties"] =
                    json!({ "a": { "type": "string", "x-mcp-header": "A" } });
            }
            Reply::result(request, list)
        }
        _ if request.header("mcp-param-a") == Some("x") => Reply::result(request, text("done")),
        _ => Reply::error(400, request, -32020, json!(null)),
    })
    .await;
    let client = Client::http(&server.url).era(Era::Modern).connect().await.unwrap();
    for _ in 0..2 {
        client.tools().all().await.unwrap();
        client.call("t", json!({ "a": "x" })).await.unwrap();
    }
    // Refused once. The headers that were learned from the list are kept from then on.
    assert_eq!(server.asked("tools/call").len(), 3);
}
