//! Streams of sessions that outlive their connections.

use std::collections::BTreeSet;

use http_body_util::BodyExt as _;
use mcp_runtime::http::{HttpBody, McpService};
use serde_json::{Value, json};

use crate::client::{Answer, Draft, LEGACY, events, last_id, next, open, soon};
use crate::site::{Mounted, another_tool, mounted};

fn call(session: &str, id: i64, tool: &str, arguments: Value) -> Draft {
    let params = json!({
        "name": tool, "arguments": arguments, "_meta": { "progressToken": id },
    });
    Draft::in_session(session, id, "tools/call", params)
}

/// A client that comes back after an event.
fn back(session: &str, last: &str) -> Draft {
    Draft::new("GET")
        .with("accept", "text/event-stream")
        .with("mcp-session-id", session)
        .with("last-event-id", last)
}

/// Everything a response still says.
async fn rest(body: HttpBody) -> String {
    let rest = soon(body.collect()).await.unwrap().to_bytes();
    String::from_utf8(rest.to_vec()).unwrap()
}

async fn resume(service: &McpService, session: &str, last: &str) -> String {
    let response = back(session, last).begin(service).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    rest(response.into_body()).await
}

fn check_answer(text: &str, id: i64) {
    let events = events(text);
    let answer = events.last().unwrap();
    assert_eq!(answer["id"], id, "{answer}");
    assert_eq!(answer["result"]["content"][0]["text"], "went on", "{answer}");
}

/// A call whose handler has let its connection go; what was said before, and the call's answer is
/// still to come.
async fn left(site: &Mounted, session: &str) -> String {
    let response = call(session, 1, "leave", json!({})).begin(&site.service).await;
    soon(site.signals.parked.notified()).await;
    rest(response.into_body()).await
}

#[tokio::test]
async fn a_handler_lets_its_connection_go_and_its_client_comes_back_for_the_answer() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let said = left(&site, &session).await;
    assert_eq!(said, "id: 1-0\nretry: 1000\ndata: \n\n");
    let mut waiting = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    site.signals.go.notify_one();
    let said = soon(next(&mut waiting)).await.unwrap();
    check_answer(&said, 1);
    assert_eq!(next(&mut waiting).await, None, "the stream ends with the answer");
    // A client that did not get it all can come back once more.
    check_answer(&resume(&site.service, &session, "1-0").await, 1);
    assert_eq!(resume(&site.service, &session, &last_id(&said)).await, "");
}

#[tokio::test]
async fn the_answer_waits_for_its_client() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let said = left(&site, &session).await;
    site.signals.go.notify_one();
    soon(site.signals.finished.notified()).await;
    check_answer(&resume(&site.service, &session, &last_id(&said)).await, 1);
}

#[tokio::test]
async fn a_broken_connection_loses_nothing() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let say = call(&session, 1, "park", json!({ "say": true }));
    let mut body = say.begin(&site.service).await.into_body();
    let said = soon(next(&mut body)).await.unwrap();
    assert_eq!(events(&said)[0]["params"]["message"], "parked");
    assert_eq!(last_id(&said), "1-0");
    drop(body);
    site.signals.go.notify_one();
    soon(site.signals.finished.notified()).await;
    let missed = resume(&site.service, &session, "1-0").await;
    assert_eq!(events(&missed).len(), 1, "{missed}");
    check_answer(&missed, 1);
}

#[tokio::test]
async fn who_comes_back_takes_the_place_of_who_was_there() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let say = call(&session, 1, "park", json!({ "say": true }));
    let mut earlier = say.begin(&site.service).await.into_body();
    let said = soon(next(&mut earlier)).await.unwrap();
    let later = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    assert_eq!(soon(next(&mut earlier)).await, None);
    drop(earlier);
    site.signals.go.notify_one();
    check_answer(&rest(later).await, 1);
}

async fn refuse(service: &McpService, session: &str, last: &str) -> Answer {
    let answer = back(session, last).send(service).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (400, -32600), "{last}: {answer:?}");
    answer
}

#[tokio::test]
async fn an_event_that_never_was_is_refused() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    left(&site, &session).await;
    for last in ["1-1", "2-0", "0-0", "x", "1", "1-", "1-0-0", "-1-0", "18446744073709551616-0"] {
        refuse(&site.service, &session, last).await;
    }
    // Another session has no such stream, and no part in this one.
    let other = open(&site.service, LEGACY).await;
    refuse(&site.service, &other, "1-0").await;
    let foreign = back(&session, "1-0").by(mcp_runtime::Principal::new("bob"));
    assert_eq!(foreign.send(&site.service).await.status, 404);
}

#[tokio::test]
async fn a_cancelled_request_leaves_nothing_to_come_back_for() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let said = left(&site, &session).await;
    let cancel = json!({
        "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 },
    });
    let waiting = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    let cancel = Draft::post(cancel).with("mcp-session-id", &session);
    assert_eq!(cancel.send(&site.service).await.status, 202);
    assert_eq!(rest(waiting).await, "");
    let said = left(&site, &session).await;
    let waiting = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    let end = Draft::new("DELETE").with("mcp-session-id", &session);
    assert_eq!(end.send(&site.service).await.status, 204);
    assert_eq!(rest(waiting).await, "");
    assert_eq!(back(&session, &last_id(&said)).send(&site.service).await.status, 404);
}

#[tokio::test]
async fn only_a_client_that_can_come_back_is_left() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let older = open(&site.service, "2025-06-18").await;
    let json_alone = call(&session, 1, "leave", json!({})).with("accept", "application/json");
    let modern = Draft::call("leave", json!({}));
    for draft in [json_alone, modern, call(&older, 1, "leave", json!({}))] {
        let service = site.service.clone();
        let answer = tokio::spawn(async move { draft.send(&service).await });
        soon(site.signals.parked.notified()).await;
        site.signals.go.notify_one();
        assert_eq!(soon(answer).await.unwrap().text_result(), "went on");
    }
    // Clients of earlier revisions get ids all the same, but no event without a message.
    let said = call(&older, 1, "report", json!({})).send(&site.service).await.body;
    assert!(said.starts_with("id: 2-0\nretry: 1000\nevent: message\ndata: {"), "{said}");
    assert_eq!(last_id(&said), "2-2");
    let modern = Draft::call("report", json!({})).send(&site.service).await.body;
    assert!(!modern.contains("id: "), "the modern era has no ids: {modern}");
}

#[tokio::test]
async fn the_stream_of_a_session_is_resumed_as_well() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let mut body = back(&session, "").begin(&site.service).await.into_body();
    site.handle.add_tool(another_tool("earlier")).unwrap();
    let said = soon(next(&mut body)).await.unwrap();
    site.handle.add_tool(another_tool("later")).unwrap();
    let lost = soon(next(&mut body)).await.unwrap();
    drop(body);
    let mut body = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    assert_eq!(soon(next(&mut body)).await, Some(lost));
}

#[tokio::test]
async fn who_was_away_for_too_long_is_told_of_everything() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let mut body = back(&session, "").begin(&site.service).await.into_body();
    site.handle.add_tool(another_tool("earlier")).unwrap();
    let said = soon(next(&mut body)).await.unwrap();
    let uris = ["a:1", "a:2"].map(|uri| format!("{uri}/{}", "x".repeat(100_000)));
    for uri in &uris {
        let watch = Draft::in_session(&session, 1, "resources/subscribe", json!({ "uri": uri }));
        assert_eq!(watch.send(&site.service).await.json()["result"], json!({}));
    }
    for uri in [&uris[0], &uris[1], &uris[0]] {
        site.handle.resource_updated(uri);
        soon(next(&mut body)).await.unwrap();
    }
    drop(body);
    let mut body = back(&session, &last_id(&said)).begin(&site.service).await.into_body();
    let told = soon(next(&mut body)).await.unwrap();
    let told: BTreeSet<_> = events(&told).iter().map(|event| event["method"].to_string()).collect();
    let expected = [
        "prompts/list_changed",
        "resources/list_changed",
        "resources/updated",
        "tools/list_changed",
    ];
    let expected = expected.map(|name| format!("\"notifications/{name}\""));
    assert_eq!(told, BTreeSet::from(expected));
}
