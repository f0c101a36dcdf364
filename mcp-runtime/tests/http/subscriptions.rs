//! The streams on which clients hear of changes.

use mcp_runtime::http::HttpBody;
use serde_json::{Value, json};

use crate::client::{Answer, Draft, LEGACY, modern_message, next, next_event, open, soon};
use crate::site::{Mounted, another_tool, mounted};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

fn watch(session: &str, method: &str, params: Value) -> Draft {
    Draft::in_session(session, 1, method, params)
}

async fn subscribe(site: &Mounted, session: &str, uri: &str) -> Answer {
    let draft = watch(session, "resources/subscribe", json!({ "uri": uri }));
    let answer = draft.send(&site.service).await;
    assert_eq!(answer.json()["result"], json!({}), "{answer:?}");
    answer
}

async fn stream(site: &Mounted, session: &str) -> HttpBody {
    let draft =
        Draft::new("GET").with("accept", "text/event-stream").with("mcp-session-id", session);
    draft.begin(&site.service).await.into_body()
}

async fn listen(site: &Mounted, id: i64, filter: Value) -> (HttpBody, Value) {
    let mut message = modern_message("subscriptions/listen", json!({ "notifications": filter }));
    message["id"] = json!(id);
    let draft = Draft::post(message)
        .with("mcp-protocol-version", crate::client::MODERN)
        .with("mcp-method", "subscriptions/listen");
    let mut body = draft.begin(&site.service).await.into_body();
    let first = next_event(&mut body).await;
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["_meta"][SUBSCRIPTION], id);
    (body, first["params"]["notifications"].clone())
}

/// The URIs of the updates in the next piece.
async fn updates(body: &mut HttpBody) -> Vec<String> {
    let piece = soon(next(body)).await.expect("a piece");
    let uri = |event: Value| {
        assert_eq!(event["method"], "notifications/resources/updated");
        event["params"]["uri"].as_str().unwrap().to_owned()
    };
    crate::client::events(&piece).into_iter().map(uri).collect()
}

#[tokio::test]
async fn a_session_hears_of_what_it_watches_on_its_stream() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let mut body = stream(&site, &session).await;
    subscribe(&site, &session, "a:1").await;
    site.handle.resource_updated("a:2");
    site.handle.resource_updated("a:1");
    assert_eq!(updates(&mut body).await, ["a:1"]);
    let other = watch(&session, "resources/unsubscribe", json!({ "uri": "a:1" }));
    assert_eq!(other.send(&site.service).await.json()["result"], json!({}));
    subscribe(&site, &session, "a:2").await;
    site.handle.resource_updated("a:1");
    site.handle.resource_updated("a:2");
    assert_eq!(updates(&mut body).await, ["a:2"]);
}

#[tokio::test]
async fn what_changed_while_nobody_listened_is_told_to_who_comes_back() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    subscribe(&site, &session, "a:1").await;
    drop(stream(&site, &session).await);
    for _ in 0..3 {
        site.handle.resource_updated("a:1");
    }
    site.handle.add_tool(another_tool("later")).unwrap();
    let mut body = stream(&site, &session).await;
    let piece = soon(next(&mut body)).await.unwrap();
    let told = crate::client::events(&piece);
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(told[0]["method"], "notifications/tools/list_changed");
    assert_eq!(told[1]["params"], json!({ "uri": "a:1" }));
}

#[tokio::test]
async fn a_session_hears_of_what_changed_between_its_handshake_and_its_stream() {
    let site = mounted();
    let early = open(&site.service, LEGACY).await;
    site.handle.add_tool(another_tool("later")).unwrap();
    let late = open(&site.service, LEGACY).await;
    let mut body = stream(&site, &early).await;
    let told = soon(next_event(&mut body)).await;
    assert_eq!(told["method"], "notifications/tools/list_changed");
    let mut body = stream(&site, &late).await;
    site.handle.announce_prompts_changed();
    let told = soon(next_event(&mut body)).await;
    assert_eq!(told["method"], "notifications/prompts/list_changed", "what it knows is no news");
}

#[tokio::test]
async fn a_listener_hears_of_the_resources_it_named() {
    let site = mounted();
    let filter = json!({ "resourceSubscriptions": ["a:1", "a:\"2\""], "promptsListChanged": true });
    let (mut body, honoured) = listen(&site, 7, filter.clone()).await;
    assert_eq!(honoured, filter);
    let (mut other, honoured) =
        listen(&site, 8, json!({ "resourceSubscriptions": [], "resourcesListChanged": true }))
            .await;
    assert_eq!(honoured, json!({ "resourcesListChanged": true }));
    for uri in ["a:\"2\"", "a:3", "a:1", "a:\"2\""] {
        site.handle.resource_updated(uri);
    }
    assert_eq!(updates(&mut body).await, ["a:\"2\"", "a:1"]);
    site.handle.announce_resources_changed();
    site.handle.announce_prompts_changed();
    let told = soon(next_event(&mut body)).await;
    assert_eq!(told["method"], "notifications/prompts/list_changed");
    assert_eq!(told["params"], json!({ "_meta": { SUBSCRIPTION: 7 } }));
    let told = soon(next_event(&mut other)).await;
    assert_eq!(told["method"], "notifications/resources/list_changed");
}

#[tokio::test]
async fn a_slow_listener_hears_of_the_last_change_of_each_resource() {
    let site = mounted();
    let uris: Vec<_> = (0..2000).map(|index| format!("a:{index}/{}", "x".repeat(200))).collect();
    let (mut body, _) = listen(&site, 7, json!({ "resourceSubscriptions": uris })).await;
    uris.iter().for_each(|uri| site.handle.resource_updated(uri));
    let first = updates(&mut body).await;
    assert!(first.len() < uris.len(), "not everything is kept at once: {}", first.len());
    uris.iter().for_each(|uri| site.handle.resource_updated(uri));
    let mut heard = Vec::new();
    while heard.len() < uris.len() {
        heard.extend(updates(&mut body).await);
    }
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), uris.len(), "each is told once");
}
