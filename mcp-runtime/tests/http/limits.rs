//! Limits of handlers and requests, and the statuses of what is refused.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::http::McpService;
use mcp_runtime::limits::{ConcurrencyLimit, RateLimit};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::client::{Answer, Draft, LEGACY, open, open_by, soon};

/// Answer.
#[tool]
async fn quick() -> &'static str {
    "done"
}

/// A note.
#[resource("notes://today")]
async fn note() -> &'static str {
    "nothing"
}

/// Gate of a handler that waits.
#[derive(Default)]
struct Gate {
    entered: Notify,
    go: Notify,
}

/// Wait until it may go on.
#[tool]
async fn wait(gate: &State<Arc<Gate>>) -> &'static str {
    gate.entered.notify_one();
    gate.go.notified().await;
    "done"
}

/// Work for a minute.
#[tool]
async fn work() -> &'static str {
    sleep(Duration::from_secs(65)).await;
    "done"
}

fn server() -> Server {
    Server::new("limited", "1").with::<(quick, note, wait, work)>().state(Arc::<Gate>::default())
}

fn call(tool: &str) -> Value {
    json!({ "name": tool, "arguments": {} })
}

#[track_caller]
fn assert_busy(answer: &Answer, retry_after: u64) {
    assert_eq!((answer.status.as_u16(), answer.code()), (429, -32603), "{answer:?}");
    assert_eq!(answer.header("retry-after"), retry_after.to_string());
    assert_eq!(answer.json()["error"]["data"], json!({ "retryAfter": retry_after }));
}

#[tokio::test(start_paused = true)]
async fn a_request_beyond_the_rate_is_told_when_to_come_back() {
    let service = server().rate_limit(RateLimit::per_minute(2)).into_service().unwrap();
    for _ in 0..2 {
        assert_eq!(Draft::call("quick", json!({})).send(&service).await.text_result(), "done");
    }
    assert_busy(&Draft::call("quick", json!({})).send(&service).await, 30);
    let read = Draft::modern("resources/read", json!({ "uri": "notes://today" }));
    assert_busy(&read.send(&service).await, 30);
    // Opening a session does not count.
    let session = open(&service, LEGACY).await;
    let in_session = Draft::in_session(&session, 1, "tools/call", call("quick"));
    assert_busy(&in_session.send(&service).await, 30);
    tokio::time::advance(Duration::from_millis(29_500)).await;
    assert_busy(&in_session.send(&service).await, 1);
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(in_session.send(&service).await.text_result(), "done");
}

#[tokio::test(start_paused = true)]
async fn principals_are_counted_one_by_one() {
    let limit = RateLimit::per_hour(1).per_principal();
    let service = server().rate_limit(limit).into_service().unwrap();
    let send = async |who: Principal| Draft::call("quick", json!({})).by(who).send(&service).await;
    for who in [Principal::new("ann"), Principal::new("bob"), Principal::anonymous()] {
        assert_eq!(send(who.clone()).await.text_result(), "done");
        assert_busy(&send(who.of_client("another")).await, 3600);
    }
    assert_eq!(send(Principal::new("ann").issued_by("other")).await.text_result(), "done");
    let session = open_by(&service, LEGACY, Principal::new("ann")).await;
    let in_session = Draft::in_session(&session, 1, "tools/call", call("quick"));
    assert_busy(&in_session.by(Principal::new("ann")).send(&service).await, 3600);
}

#[tokio::test]
async fn what_is_too_much_at_once_is_refused() {
    let gate = Arc::<Gate>::default();
    let server = server().state(Arc::clone(&gate));
    let limit = ConcurrencyLimit::new(1).per_principal();
    let service = server.concurrency_limit(limit).into_service().unwrap();
    let ann = || Principal::new("ann");
    for draft in [
        Draft::call("wait", json!({})).by(ann()),
        Draft::in_session(&open_by(&service, LEGACY, ann()).await, 1, "tools/call", call("wait"))
            .by(ann()),
    ] {
        let running = tokio::spawn({
            let service = service.clone();
            async move { draft.send(&service).await }
        });
        soon(gate.entered.notified()).await;
        assert_busy(&Draft::call("quick", json!({})).by(ann()).send(&service).await, 1);
        let other = Draft::call("quick", json!({})).by(Principal::new("bob"));
        assert_eq!(other.send(&service).await.text_result(), "done");
        gate.go.notify_one();
        assert_eq!(running.await.unwrap().status, 200);
        let next = Draft::call("quick", json!({})).by(ann()).send(&service).await;
        assert_eq!(next.text_result(), "done");
    }
}

#[tokio::test]
async fn an_array_has_results_that_say_when_to_come_back() {
    let service = server().rate_limit(RateLimit::per_hour(1)).into_service().unwrap();
    let session = open(&service, "2025-03-26").await;
    let message = |id: u64, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let array = json!([
        message(1, "tools/call", call("quick")),
        message(2, "tools/call", call("quick")),
        message(3, "resources/read", json!({ "uri": "notes://today" })),
    ]);
    let answer = Draft::post(array).with("mcp-session-id", &session).send(&service).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let answers = answer.json();
    let by_id = |id: u64| answers.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
    assert_eq!(by_id(1)["result"]["content"][0]["text"], "done");
    assert_eq!(by_id(2)["result"]["isError"], true);
    let text = by_id(2)["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("try again in 3600 s"), "{text}");
    assert_eq!(by_id(3)["error"]["data"]["retryAfter"], 3600);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_and_time_limits_work_in_both_eras() {
    let make = |server: Server| -> McpService { server.into_service().unwrap() };
    let service = make(server().progress_heartbeat(Duration::from_secs(20)));
    let mut params = call("work");
    params["_meta"] = json!({ "progressToken": "p" });
    let session = open(&service, LEGACY).await;
    let drafts =
        [Draft::call("work", json!({})), Draft::in_session(&session, 1, "tools/call", params)];
    for draft in drafts {
        let events = draft.send(&service).await.events();
        let progress: Vec<_> =
            events.iter().filter_map(|event| event["params"]["progress"].as_f64()).collect();
        assert_eq!(progress.len(), 3, "{events:?}");
        assert!(progress.is_sorted_by(|one, next| one < next), "{progress:?}");
        assert_eq!(events.last().unwrap()["result"]["content"][0]["text"], "done");
    }
    let service = make(server().handler_timeout(Duration::from_secs(10)));
    let session = open(&service, LEGACY).await;
    for draft in
        [Draft::call("work", json!({})), Draft::in_session(&session, 1, "tools/call", call("work"))]
    {
        let answer = draft.send(&service).await;
        let text = match answer.header("content-type") {
            "application/json" => answer.text_result(),
            _ => answer.events()[0]["result"]["content"][0]["text"].to_string(),
        };
        assert!(text.contains("did not finish within 10s"), "{answer:?}");
    }
}
