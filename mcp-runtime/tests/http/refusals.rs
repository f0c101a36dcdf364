//! Requests that are refused for how they are sent.

use mcp_runtime::http::HttpConfig;
use serde_json::json;

use crate::client::Draft;
use crate::site::{mounted, mounted_with};

async fn check(draft: Draft, status: u16) {
    let answer = draft.send(&mounted().service).await;
    assert_eq!(answer.status, status, "{answer:?}");
    if status != 200 {
        assert_eq!(answer.code(), -32600, "{answer:?}");
    }
}

fn list() -> Draft {
    Draft::modern("tools/list", json!({}))
}

#[tokio::test]
async fn bodies_are_json() {
    check(list().with("content-type", "application/json; charset=utf-8"), 200).await;
    check(list().with("content-type", "text/plain"), 415).await;
    check(list().with("content-type", "application/x-www-form-urlencoded"), 415).await;
    check(list().without("content-type"), 415).await;
}

#[tokio::test]
async fn clients_read_json_or_events() {
    check(list().without("accept"), 200).await;
    check(list().with("accept", "*/*"), 200).await;
    check(list().with("accept", "text/html"), 406).await;
}

#[tokio::test]
async fn headers_that_decide_are_given_once() {
    for name in ["content-type", "authorization"] {
        check(list().with(name, "x").and(name, "x"), 400).await;
    }
    check(list().and("mcp-session-id", "a").and("mcp-session-id", "b"), 400).await;
    check(list().and("accept", "text/html"), 200).await;
}

#[tokio::test]
async fn bodies_are_bounded() {
    let site = mounted_with(HttpConfig::local().max_body_size(400));
    assert_eq!(list().send(&site.service).await.status, 200);
    let large = Draft::modern("tools/list", json!({ "cursor": "x".repeat(400) }));
    let answer = large.send(&site.service).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.header("connection"), "close");
}
