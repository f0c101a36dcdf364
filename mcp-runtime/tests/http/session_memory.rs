//! Memory that the client of a session may hold.

use std::sync::Arc;

use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::client::{Draft, LEGACY, initialize, last_id, next, next_event, open, soon};
use crate::memory::{at_once, check_refused, fill, padded, send, service};

const SESSION_LIMIT: usize = 250_000;

/// Signals of the handlers to the tests.
struct Signals {
    finished: UnboundedSender<()>,
    answered: UnboundedSender<bool>,
}

/// Report progress, and return a text of some length when the test lets it go on.
#[tool]
async fn later(
    cx: &Context,
    signals: &State<Signals>,
    go: &State<Arc<Semaphore>>,
    length: usize,
) -> CallToolResult {
    cx.progress(1.0, 2.0, "soon");
    go.acquire().await.unwrap().forget();
    signals.finished.send(()).unwrap();
    CallToolResult::text("x".repeat(length))
}

/// Ask the model, and keep its answer for ever.
#[tool]
async fn ask(cx: &Context, signals: &State<Signals>) -> String {
    let answer = cx.sample("Hello").max_tokens(5).await;
    signals.answered.send(answer.is_ok()).unwrap();
    std::future::pending().await
}

struct Site {
    service: McpService,
    go: Arc<Semaphore>,
    finished: UnboundedReceiver<()>,
    answered: UnboundedReceiver<bool>,
}

fn site() -> Site {
    let ((finished, finishes), (answered, answers)) = (unbounded_channel(), unbounded_channel());
    let go = Arc::new(Semaphore::new(0));
    let server = Server::new("s", "1")
        .with::<(later, ask)>()
        .state(Signals { finished, answered })
        .state(Arc::clone(&go))
        .http(HttpConfig::local().session_memory_limit(SESSION_LIMIT));
    let service = server.into_service().unwrap();
    Site { service, go, finished: finishes, answered: answers }
}

async fn able(service: &McpService) -> String {
    let mut opening = initialize(LEGACY);
    opening["params"]["capabilities"] = json!({ "sampling": {} });
    let answer = Draft::post(opening).send(service).await;
    answer.header("mcp-session-id").to_owned()
}

fn call(session: &str, id: i64, tool: &str, arguments: Value) -> Draft {
    let params = json!({ "name": tool, "arguments": arguments, "_meta": { "progressToken": id } });
    Draft::in_session(session, id, "tools/call", params)
}

fn large(session: &str, id: i64, length: usize) -> Draft {
    let params = json!({ "name": "large", "arguments": { "length": length } });
    Draft::in_session(session, id, "tools/call", params)
}

#[tokio::test]
async fn unread_answers_of_a_session_are_bounded() {
    let config = HttpConfig::local().session_memory_limit(SESSION_LIMIT);
    let service = service(config, 100 << 20);
    let session = open(&service, LEGACY).await;
    let mut unread = Vec::new();
    let refused = loop {
        let response = large(&session, 1, 100_000).begin(&service).await;
        if response.status() != 200 {
            break response;
        }
        unread.push(response);
        assert!(unread.len() < 100, "nothing is refused");
    };
    assert_eq!(refused.status(), 429);
    assert!((2..=3).contains(&unread.len()), "{} unread", unread.len());
    let other = open(&service, LEGACY).await;
    assert_eq!(large(&other, 1, 100_000).begin(&service).await.status(), 200);
    unread.pop();
    assert_eq!(large(&session, 1, 100_000).begin(&service).await.status(), 200, "room again");
}

#[tokio::test]
async fn answers_kept_for_an_absent_client_leave_room_for_requests() {
    let mut site = site();
    let session = able(&site.service).await;
    let mut left = Vec::new();
    for id in 0..6 {
        let begun = call(&session, id, "later", json!({ "length": 100_000 }));
        let mut body = begun.begin(&site.service).await.into_body();
        left.push(last_id(&soon(next(&mut body)).await.unwrap()));
        drop(body);
        site.go.add_permits(1);
        soon(site.finished.recv()).await.unwrap();
        // The answer is kept when the task of the handler has ended.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    site.go.add_permits(1);
    let small = call(&session, 100, "later", json!({ "length": 1 })).send(&site.service).await;
    assert_eq!(small.status, 200, "{small:?}");
    let mut kept = 0;
    for last in left {
        let resume = Draft::new("GET")
            .with("accept", "text/event-stream")
            .with("mcp-session-id", &session)
            .with("last-event-id", &last);
        let answer = resume.send(&site.service).await;
        kept += usize::from(answer.body.len() > 100_000);
    }
    assert!((1..=2).contains(&kept), "{kept} kept");
}

#[tokio::test]
async fn answers_to_questions_are_bounded() {
    let mut site = site();
    let session = able(&site.service).await;
    let mut calls = Vec::new();
    let mut accepted = 0;
    for id in 0..10 {
        let response = call(&session, id, "ask", json!({})).begin(&site.service).await;
        if response.status() != 200 {
            assert_eq!(response.status(), 429);
            break;
        }
        let mut body = response.into_body();
        let question = soon(next_event(&mut body)).await;
        let content = json!({ "type": "text", "text": "x".repeat(50_000) });
        let result = json!({ "role": "assistant", "model": "m", "content": content });
        let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": result });
        let response = Draft::post(response).with("mcp-session-id", &session);
        assert_eq!(response.send(&site.service).await.status, 202);
        accepted += u32::from(soon(site.answered.recv()).await.unwrap());
        calls.push(body);
    }
    assert!((4..=5).contains(&accepted), "{accepted} accepted");
}

#[tokio::test]
async fn the_answers_to_several_arrays_are_bounded_together() {
    let config = HttpConfig::local().session_memory_limit(SESSION_LIMIT);
    let service = service(config, 100 << 20);
    let session = open(&service, "2025-03-26").await;
    let request = |id: i64, tool: &str, arguments: Value| {
        let params = json!({ "name": tool, "arguments": arguments });
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
    };
    let large = |id: i64| request(id, "large", json!({ "length": 100_000 }));
    let array = |id: i64| json!([large(id), request(id + 1, "wait", json!({}))]);
    let mut waiting = Vec::new();
    for id in [10, 20, 30, 40, 50] {
        let mut sending = send(&Draft::post(array(id)).with("mcp-session-id", &session), &service);
        match at_once(&mut sending).await {
            None => waiting.push((id, sending)),
            // Its second request is refused, so that nothing is gathered.
            Some(answer) => assert_eq!(answer.json()[1]["error"]["code"], -32603),
        }
    }
    assert_eq!(waiting.len(), 2);
    for (id, gathered) in waiting {
        let params = json!({ "requestId": id + 1 });
        let cancel =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
        Draft::post(cancel).with("mcp-session-id", &session).send(&service).await;
        assert_eq!(soon(gathered).await.json()[0]["id"], id);
    }
    let again = Draft::post(json!([large(60)])).with("mcp-session-id", &session);
    assert!(again.send(&service).await.json()[0]["result"].is_object(), "there is room again");
}

#[tokio::test]
async fn the_requests_of_a_session_are_bounded() {
    let config = HttpConfig::local().session_memory_limit(100_000);
    let service = service(config, 100 << 20);
    let session = open(&service, LEGACY).await;
    let (waiting, answer) = fill(&service, |id| padded(&session, id, 20_000)).await;
    check_refused(&answer, 429, "this client holds more than 100000 bytes");
    assert!((4..=6).contains(&waiting.len()), "{} wait", waiting.len());
    let ping = Draft::in_session(&session, 5000, "ping", json!({}));
    assert_eq!(ping.send(&service).await.status, 200, "a ping takes no memory");
    let other = open(&service, LEGACY).await;
    let large = json!({ "name": "large", "arguments": { "length": 50_000 } });
    let large = Draft::in_session(&other, 1, "tools/call", large);
    assert_eq!(large.send(&service).await.status, 200, "another session has its own");
    for id in 1..=waiting.len() {
        let cancel = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
        let cancel = Draft::post(cancel).with("mcp-session-id", &session);
        assert_eq!(cancel.send(&service).await.status, 202);
    }
    for cancelled in waiting {
        soon(cancelled).await;
    }
    let mut again = send(&padded(&session, 6000, 20_000), &service);
    assert!(at_once(&mut again).await.is_none(), "there is room again");
}

#[tokio::test]
async fn the_heads_of_requests_count() {
    let config = HttpConfig::local().session_memory_limit(SESSION_LIMIT);
    let service = service(config, 100 << 20);
    let session = open(&service, LEGACY).await;
    let header = "x".repeat(50_000);
    let call = |id| padded(&session, id, 1).with("x-padding", &header);
    let (waiting, answer) = fill(&service, call).await;
    check_refused(&answer, 429, "250000 bytes");
    assert!((4..=5).contains(&waiting.len()), "{} wait", waiting.len());
}

#[tokio::test]
async fn small_requests_of_a_session_count_too() {
    let config = HttpConfig::local().session_memory_limit(100_000);
    let service = service(config, 100 << 20);
    let session = open(&service, LEGACY).await;
    let (waiting, answer) = fill(&service, |id| padded(&session, id, 1)).await;
    check_refused(&answer, 429, "100000 bytes");
    assert!((8..20).contains(&waiting.len()), "{} wait", waiting.len());
}

#[tokio::test]
async fn the_answers_to_an_array_are_bounded() {
    let config = HttpConfig::local().session_memory_limit(100_000);
    let service = service(config, 100 << 20);
    let session = open(&service, "2025-03-26").await;
    let call = |id: u64| {
        let params = json!({ "name": "large", "arguments": { "length": 30_000 } });
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params })
    };
    let array = Value::Array((1..=20).map(call).collect());
    let answer = Draft::post(array).with("mcp-session-id", &session).send(&service).await;
    let answers = answer.json();
    let answers = answers.as_array().unwrap();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
    let served = answers.iter().filter(|answer| answer["result"].is_object()).count();
    assert!((2..=4).contains(&served), "{served}");
    let is_refused = |answer: &&Value| answer["error"]["code"] == -32603;
    assert_eq!(answers.iter().filter(is_refused).count(), 20 - served);
}

#[tokio::test]
async fn the_subscriptions_of_a_session_are_bounded() {
    let config = HttpConfig::local().session_memory_limit(50_000);
    let service = service(config, 100 << 20);
    let session = open(&service, LEGACY).await;
    let request = |id: i64, method: &str| {
        let params = json!({ "uri": format!("note://{id}") });
        Draft::in_session(&session, id, method, params)
    };
    let mut id = 0;
    let refused = loop {
        id += 1;
        let answer = request(id, "resources/subscribe").send(&service).await;
        if answer.json()["error"].is_object() {
            break answer;
        }
        assert!(id < 1000, "nothing is refused");
    };
    assert_eq!(refused.code(), -32603);
    assert!(id > 50, "{id} subscriptions");
    let unsubscribe = request(1, "resources/unsubscribe");
    assert!(unsubscribe.send(&service).await.json()["result"].is_object());
    assert!(request(id, "resources/subscribe").send(&service).await.json()["result"].is_object());
}
