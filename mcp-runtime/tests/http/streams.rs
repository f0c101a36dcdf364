//! Responses that are streams of events.

use std::time::Duration;

use http_body::Body as _;
use http_body_util::BodyExt as _;
use mcp_runtime::http::HttpConfig;
use serde_json::json;
use tower_service::Service as _;

use crate::client::{Draft, events, next, next_event, soon};
use crate::site::{another_tool, mounted, mounted_with};

#[tokio::test]
async fn what_is_said_before_an_answer_goes_before_it() {
    let answer = Draft::call("report", json!({})).send(&mounted().service).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-cache");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    let events = answer.events();
    assert_eq!(events.len(), 3, "{events:?}");
    assert_eq!(events[0]["params"], json!({ "progressToken": "p", "progress": 1, "total": 2 }));
    assert_eq!(events[1]["params"]["progress"], 2);
    assert_eq!(events[2]["result"]["content"][0]["text"], "done");
}

#[tokio::test]
async fn a_token_that_is_none_asks_for_nothing() {
    for token in ["{}", "[1]", "null", "true"] {
        let report = Draft::call("report", json!({}));
        let report =
            report.instead(r#""progressToken":"p""#, &format!(r#""progressToken":{token}"#));
        assert_eq!(report.send(&mounted().service).await.text_result(), "done", "{token}");
    }
}

#[tokio::test]
async fn a_client_that_reads_only_one_kind_gets_that() {
    let site = mounted();
    let report = Draft::call("report", json!({}));
    let answer = report.clone().with("accept", "application/json").send(&site.service).await;
    assert_eq!(answer.text_result(), "done");
    let add = Draft::call("add", json!({ "a": 2, "b": 3 }));
    let answer = add.with("accept", "text/event-stream").send(&site.service).await;
    assert_eq!(answer.events()[0]["result"]["content"][0]["text"], "5");
    let listen = Draft::modern("subscriptions/listen", json!({ "notifications": {} }));
    let answer = listen.with("accept", "application/json").send(&site.service).await;
    assert_eq!(answer.status, 406);
}

#[tokio::test]
async fn a_stream_begins_with_the_first_word_and_ends_with_the_answer() {
    let site = mounted();
    let response = Draft::call("park", json!({ "say": true })).begin(&site.service).await;
    let mut body = response.into_body();
    assert_eq!(next_event(&mut body).await["params"]["message"], "parked");
    assert!(!body.is_end_stream());
    site.signals.go.notify_one();
    let last = soon(next(&mut body)).await.unwrap();
    assert_eq!(events(&last)[0]["result"]["content"][0]["text"], "went on");
    assert!(body.is_end_stream(), "the end comes with the last event");
}

#[tokio::test]
async fn closing_a_response_drops_its_handler() {
    let site = mounted();
    let response = Draft::call("park", json!({ "say": true })).begin(&site.service).await;
    drop(response);
    soon(site.signals.dropped.notified()).await;
    // Also before there is a response.
    let mut service = site.service.clone();
    let waiting =
        tokio::spawn(service.call(Draft::call("park", json!({ "say": false })).request()));
    soon(site.signals.parked.notified()).await;
    soon(site.signals.parked.notified()).await;
    waiting.abort();
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_has_comments() {
    let site = mounted_with(HttpConfig::local().keep_alive_interval(Duration::from_secs(20)));
    let response = Draft::call("park", json!({ "say": true })).begin(&site.service).await;
    let mut body = response.into_body();
    next_event(&mut body).await;
    let start = tokio::time::Instant::now();
    assert_eq!(next(&mut body).await.as_deref(), Some(":\n\n"));
    assert_eq!(start.elapsed(), Duration::from_secs(20));
}

fn listen(id: i64, tools: bool) -> Draft {
    let mut message = crate::client::modern_message(
        "subscriptions/listen",
        json!({ "notifications": { "toolsListChanged": tools } }),
    );
    message["id"] = json!(id);
    Draft::post(message)
        .with("mcp-protocol-version", crate::client::MODERN)
        .with("mcp-method", "subscriptions/listen")
}

#[tokio::test]
async fn a_listener_hears_what_it_asked_for_until_the_server_ends() {
    let site = mounted();
    let mut tools = listen(7, true).begin(&site.service).await.into_body();
    let mut nothing = listen(8, false).begin(&site.service).await.into_body();
    for (body, id) in [(&mut tools, 7), (&mut nothing, 8)] {
        let first = next_event(body).await;
        assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
        assert_eq!(first["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
    }
    site.handle.add_tool(another_tool("later")).unwrap();
    let changed = soon(next_event(&mut tools)).await;
    assert_eq!(changed["method"], "notifications/tools/list_changed");
    assert_eq!(changed["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], 7);
    drop(site.service);
    for (body, id) in [(tools, 7), (nothing, 8)] {
        let rest = soon(body.collect()).await.unwrap().to_bytes();
        let rest = events(std::str::from_utf8(&rest).unwrap());
        assert_eq!(rest.len(), 1, "{rest:?}");
        assert_eq!(rest[0]["id"], id);
        assert_eq!(rest[0]["result"]["resultType"], "complete");
    }
}
