//! Legacy sessions.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::{HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_service::Service as _;

use crate::client::{
    Answer, Draft, LEGACY, events, initialize, next, next_event, open, open_by, soon,
};
use crate::site::{Mounted, another_tool, mounted, mounted_with};

fn call(session: &str, id: i64, tool: &str, arguments: Value) -> Draft {
    let params = json!({
        "name": tool, "arguments": arguments, "_meta": { "progressToken": id },
    });
    Draft::in_session(session, id, "tools/call", params)
}

fn notification(session: &str, method: &str, params: Value) -> Draft {
    Draft::post(json!({ "jsonrpc": "2.0", "method": method, "params": params }))
        .with("mcp-session-id", session)
}

fn stream(session: &str) -> Draft {
    Draft::new("GET").with("accept", "text/event-stream").with("mcp-session-id", session)
}

fn end(session: &str) -> Draft {
    Draft::new("DELETE").with("mcp-session-id", session)
}

async fn check(service: &McpService, draft: Draft, status: u16, code: i64) -> Answer {
    let answer = draft.send(service).await;
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{answer:?}");
    answer
}

#[tokio::test]
async fn a_session_lasts_from_its_handshake_to_its_end() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    assert!(session.len() >= 32 && session.bytes().all(|byte| byte.is_ascii_graphic()));
    let initialized = notification(&session, "notifications/initialized", json!({}));
    let answer = initialized.send(&service).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""));
    let sum = call(&session, 1, "add", json!({ "a": 2, "b": 3 }));
    assert_eq!(sum.clone().send(&service).await.text_result(), "5");
    let with_version = sum.clone().with("mcp-protocol-version", LEGACY);
    assert_eq!(with_version.send(&service).await.text_result(), "5");
    let older = sum.clone().with("mcp-protocol-version", "2025-06-18");
    assert_eq!(older.send(&service).await.text_result(), "5");
    assert_eq!(end(&session).send(&service).await.status, 204);
    check(&service, sum, 404, -32600).await;
    check(&service, end(&session), 404, -32600).await;
    check(&service, stream(&session), 404, -32600).await;
}

#[tokio::test]
async fn errors_of_a_session_are_told_in_json_alone() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    check(&service, Draft::in_session(&session, 1, "unknown/method", json!({})), 200, -32601).await;
    check(&service, call(&session, 1, "unknown", json!({})), 200, -32602).await;
    check(&service, call(&session, 1, "fail", json!({})), 200, -32603).await;
    check(&service, call(&session, 1, "demand", json!({})), 200, -32021).await;
    let ping = Draft::in_session(&session, 1, "ping", json!({})).send(&service).await;
    assert_eq!(ping.json()["result"], json!({}));
}

#[tokio::test]
async fn what_has_no_session_is_refused() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    let list = |session: &str| Draft::in_session(session, 3, "tools/list", json!({}));
    let answer = check(&service, list("").without("mcp-session-id"), 400, -32600).await;
    assert_eq!(answer.json()["id"], 3);
    for unknown in ["", "x", "00000000000000000000000000000000", &session.to_uppercase()] {
        let answer = check(&service, list(unknown), 404, -32600).await;
        assert_eq!(answer.json()["id"], 3);
    }
    check(&service, list(&session).with("mcp-protocol-version", "bogus"), 400, -32602).await;
    let note = notification("x", "notifications/initialized", json!({}));
    check(&service, note.clone(), 404, -32600).await;
    check(&service, note.without("mcp-session-id"), 400, -32600).await;
    let again = Draft::post(initialize(LEGACY)).with("mcp-session-id", &session);
    check(&service, again, 400, -32600).await;
}

#[tokio::test]
async fn a_failed_handshake_opens_nothing() {
    let service = mounted_with(HttpConfig::local().max_sessions(1)).service;
    let mut faulty = initialize(LEGACY);
    faulty["params"]["clientInfo"] = json!(7);
    for _ in 0..3 {
        let answer = check(&service, Draft::post(&faulty), 400, -32602).await;
        assert!(answer.headers.get("mcp-session-id").is_none());
    }
    let mut large = initialize(LEGACY);
    large["params"]["capabilities"] =
        json!({ "experimental": { "x": { "y": "z".repeat(70_000) } } });
    check(&service, Draft::post(&large), 400, -32600).await;
    let first = open(&service, LEGACY).await;
    let second = open(&service, LEGACY).await;
    check(&service, Draft::in_session(&first, 1, "ping", json!({})), 404, -32600).await;
    assert_eq!(Draft::in_session(&second, 1, "ping", json!({})).send(&service).await.status, 200);
    let listened = stream(&second).begin(&service).await;
    check(&service, Draft::post(initialize(LEGACY)), 503, -32603).await;
    drop(listened);
}

#[tokio::test]
async fn a_session_is_unknown_to_others() {
    let service = mounted().service;
    let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
    let session = open_by(&service, LEGACY, ann.clone()).await;
    let who = || call(&session, 1, "whoami", json!({}));
    assert_eq!(who().by(ann).send(&service).await.text_result(), r#"Some("ann") "#);
    let foreign = check(&service, who().by(bob.clone()), 404, -32600).await;
    let unknown = call("x", 1, "whoami", json!({})).by(bob.clone()).send(&service).await;
    assert_eq!(foreign.body, unknown.body);
    check(&service, end(&session).by(bob.clone()), 404, -32600).await;
    check(&service, stream(&session).by(bob), 404, -32600).await;
    check(&service, who(), 404, -32600).await;
}

/// Starts a call of `park` that says nothing, and waits until its handler runs.
async fn park(site: &Mounted, session: &str) -> tokio::task::JoinHandle<Answer> {
    let (service, draft) =
        (site.service.clone(), call(session, 1, "park", json!({ "say": false })));
    let answer = tokio::spawn(async move { draft.send(&service).await });
    soon(site.signals.parked.notified()).await;
    answer
}

#[tokio::test]
async fn a_disconnect_does_not_cancel_and_a_notification_does() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let answer = park(&site, &session).await;
    answer.abort();
    assert!(answer.await.is_err());
    site.signals.go.notify_one();
    soon(site.signals.finished.notified()).await;

    let answer = park(&site, &session).await;
    let other = open(&site.service, LEGACY).await;
    let cancel =
        |session| notification(session, "notifications/cancelled", json!({ "requestId": 1 }));
    assert_eq!(cancel(&other).send(&site.service).await.status, 202);
    site.signals.go.notify_one();
    assert_eq!(soon(answer).await.unwrap().text_result(), "went on");

    let answer = park(&site, &session).await;
    assert_eq!(cancel(&session).send(&site.service).await.status, 202);
    soon(site.signals.dropped.notified()).await;
    assert_eq!(soon(answer).await.unwrap().events(), Vec::<Value>::new());
}

#[tokio::test]
async fn an_id_in_flight_is_taken_in_its_session_alone() {
    let site = mounted();
    let (one, other) = (open(&site.service, LEGACY).await, open(&site.service, LEGACY).await);
    let answer = park(&site, &one).await;
    let sum = |session| call(session, 1, "add", json!({ "a": 2, "b": 3 }));
    check(&site.service, sum(&one), 400, -32600).await;
    assert_eq!(sum(&other).send(&site.service).await.text_result(), "5");
    site.signals.go.notify_one();
    assert_eq!(soon(answer).await.unwrap().text_result(), "went on");
    assert_eq!(sum(&one).send(&site.service).await.text_result(), "5");
}

#[tokio::test]
async fn ending_a_session_drops_its_handlers_and_streams() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let mut listened = stream(&session).begin(&site.service).await.into_body();
    let answer = park(&site, &session).await;
    assert_eq!(end(&session).send(&site.service).await.status, 204);
    soon(site.signals.dropped.notified()).await;
    assert!(soon(answer).await.unwrap().events().is_empty());
    assert_eq!(soon(next(&mut listened)).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_long_request_keeps_its_session() {
    let idle = Duration::from_secs(60);
    let site = mounted_with(HttpConfig::local().session_idle_timeout(idle));
    let session = open(&site.service, LEGACY).await;
    let answer = park(&site, &session).await;
    tokio::time::advance(2 * idle).await;
    site.signals.go.notify_one();
    assert_eq!(answer.await.unwrap().text_result(), "went on");
    assert_eq!(
        Draft::in_session(&session, 2, "ping", json!({})).send(&site.service).await.status,
        200
    );
    tokio::time::advance(idle).await;
    check(&site.service, Draft::in_session(&session, 3, "ping", json!({})), 404, -32600).await;
}

#[tokio::test]
async fn the_stream_of_a_session_hears_of_changes() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let response = stream(&session).begin(&site.service).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let heard = tokio::spawn(async move { (next_event(&mut body).await, body) });
    tokio::task::yield_now().await;
    site.handle.add_tool(another_tool("later")).unwrap();
    let (event, mut earlier) = soon(heard).await.unwrap();
    assert_eq!(event["method"], "notifications/tools/list_changed");
    let newer = stream(&session).begin(&site.service).await;
    assert_eq!(soon(next(&mut earlier)).await, None, "a newer stream takes its place");
    drop(newer);
}

#[tokio::test]
async fn streams_and_ends_are_for_sessions() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    check(&service, stream("").without("mcp-session-id"), 400, -32600).await;
    check(&service, end("").without("mcp-session-id"), 400, -32600).await;
    check(&service, stream(&session).with("accept", "application/json"), 406, -32600).await;
    for draft in [stream(&session), end(&session)] {
        let modern = draft.with("mcp-protocol-version", "2026-07-28");
        let answer = check(&service, modern, 405, -32600).await;
        assert_eq!(answer.header("allow"), "POST");
    }
    let answer = check(&service, Draft::new("PUT"), 405, -32600).await;
    assert_eq!(answer.header("allow"), "POST, GET, DELETE");
}

#[tokio::test]
async fn progress_goes_on_the_stream_of_its_request() {
    let service = mounted().service;
    let session = open(&service, LEGACY).await;
    let events = call(&session, 4, "report", json!({})).send(&service).await.events();
    assert_eq!(events.len(), 3);
    assert_eq!(events[0]["params"]["progressToken"], 4);
    assert_eq!(events[2]["id"], 4);
}

#[tokio::test]
async fn an_array_of_messages_is_for_the_revision_that_has_it() {
    let site = mounted();
    let session = open(&site.service, "2025-03-26").await;
    let ping = |id: i64| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });
    let post = |session: &str, body: Value| Draft::post(body).with("mcp-session-id", session);
    let park = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "park", "arguments": { "say": false },
    } });
    let note = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let mixed = post(&session, json!([park, note.clone(), ping(2), 7, initialize("2025-03-26")]));
    let mut service = site.service.clone();
    let waiting = tokio::spawn(service.call(mixed.request()));
    soon(site.signals.parked.notified()).await;
    site.signals.go.notify_one();
    let body = soon(waiting).await.unwrap().unwrap().into_body();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    let answers: Vec<Value> = serde_json::from_slice(&body).unwrap();
    let ids: Vec<_> = answers.iter().map(|answer| answer["id"].clone()).collect();
    assert_eq!(ids, [json!(2), Value::Null, json!(0), json!(1)]);
    assert_eq!(answers[2]["error"]["code"], -32600);
    assert_eq!(answers[3]["result"]["content"][0]["text"], "went on");

    assert_eq!(post(&session, json!([note])).send(&site.service).await.status, 202);
    check(&site.service, post(&session, json!([])), 400, -32600).await;
    let many: Vec<_> = (0..101).map(ping).collect();
    check(&site.service, post(&session, json!(many)), 400, -32600).await;
    let newer = open(&site.service, LEGACY).await;
    check(&site.service, post(&newer, json!([ping(1)])), 400, -32600).await;
    check(&site.service, post("x", json!([ping(1)])), 404, -32600).await;
}

#[tokio::test]
async fn an_id_in_flight_is_not_taken_again_within_an_array() {
    let site = mounted();
    let session = open(&site.service, "2025-03-26").await;
    let park = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "park", "arguments": { "say": false },
    } });
    let twice = Draft::post(json!([park, park])).with("mcp-session-id", &session);
    let mut service = site.service.clone();
    let waiting = tokio::spawn(service.call(twice.request()));
    soon(site.signals.parked.notified()).await;
    site.signals.go.notify_one();
    let body = soon(waiting).await.unwrap().unwrap().into_body();
    let body = http_body_util::BodyExt::collect(body).await.unwrap().to_bytes();
    let answers: Vec<Value> = serde_json::from_slice(&body).unwrap();
    assert_eq!(answers[0]["error"]["code"], -32600);
    assert_eq!(answers[1]["result"]["content"][0]["text"], "went on");
    tokio::select! {
        biased;
        () = site.signals.dropped.notified() => panic!("the handler ran before it was refused"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn both_eras_are_served_side_by_side() {
    let site = mounted();
    let session = open(&site.service, LEGACY).await;
    let modern = Draft::call("report", json!({})).send(&site.service).await;
    let legacy = call(&session, 1, "report", json!({})).send(&site.service).await;
    let texts = [modern, legacy].map(|answer| events(&answer.body)[2]["result"]["content"].clone());
    assert_eq!(texts[0], texts[1]);
}

/// Disconnects a client that waits for an answer.
async fn leave(answer: tokio::task::JoinHandle<Answer>) {
    answer.abort();
    assert!(answer.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_client_has_gone_makes_room_although_it_is_busy() {
    let site = mounted_with(HttpConfig::local().max_sessions(1));
    let session = open(&site.service, LEGACY).await;
    leave(park(&site, &session).await).await;
    check(&site.service, Draft::post(initialize(LEGACY)), 503, -32603).await;
    tokio::time::advance(Duration::from_secs(30)).await;
    let next = open(&site.service, LEGACY).await;
    soon(site.signals.dropped.notified()).await;
    check(&site.service, Draft::in_session(&session, 1, "ping", json!({})), 404, -32600).await;
    // One whose request is waited for stays.
    let _answer = park(&site, &next).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    check(&site.service, Draft::post(initialize(LEGACY)), 503, -32603).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_for_an_array_keeps_its_session() {
    let site = mounted_with(HttpConfig::local().max_sessions(1));
    let session = open(&site.service, "2025-03-26").await;
    let park = json!([{ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "park", "arguments": { "say": true }, "_meta": { "progressToken": 1 },
    } }]);
    let post = Draft::post(park).with("mcp-session-id", &session);
    let response = post.begin(&site.service).await;
    tokio::time::advance(Duration::from_secs(60)).await;
    check(&site.service, Draft::post(initialize(LEGACY)), 503, -32603).await;
    drop(response);
    tokio::time::advance(Duration::from_secs(30)).await;
    open(&site.service, LEGACY).await;
    soon(site.signals.dropped.notified()).await;
}

#[tokio::test(start_paused = true)]
async fn busy_sessions_make_room_for_their_own_principal_first() {
    let site = mounted_with(HttpConfig::local().max_sessions(3));
    let (ann, bob) = (Principal::new("ann"), Principal::new("bob"));
    let mut sessions = Vec::new();
    for owner in [&bob, &ann, &ann] {
        let session = open_by(&site.service, LEGACY, owner.clone()).await;
        let call = call(&session, 1, "park", json!({ "say": false })).by(owner.clone());
        let service = site.service.clone();
        let answer = tokio::spawn(async move { call.send(&service).await });
        soon(site.signals.parked.notified()).await;
        leave(answer).await;
        sessions.push(session);
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    tokio::time::advance(Duration::from_secs(30)).await;
    open_by(&site.service, LEGACY, ann.clone()).await;
    let ping = |index: usize, owner: &Principal| {
        Draft::in_session(&sessions[index], 2, "ping", json!({})).by(owner.clone())
    };
    assert_eq!(ping(0, &bob).send(&site.service).await.status, 200);
    check(&site.service, ping(1, &ann), 404, -32600).await;
    assert_eq!(ping(2, &ann).send(&site.service).await.status, 200);
    // A principal without sessions takes the place of another's.
    tokio::time::advance(Duration::from_secs(30)).await;
    open_by(&site.service, LEGACY, Principal::new("carl")).await;
}

/// Ask the model, and note how that ends.
#[tool]
async fn sample(cx: &Context, ended: State<Arc<Notify>>) -> Result<String, AskError> {
    let answer = cx.sample("Hello").await;
    ended.notify_one();
    Ok(answer?.text())
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_can_answer_ends() {
    let ended = Arc::new(Notify::new());
    let server = Server::new("asking", "1").with::<sample>().state(Arc::clone(&ended));
    let service = server.answer_within(Duration::from_secs(1 << 20)).into_service().unwrap();
    let mut opening = initialize("2025-03-26");
    opening["params"]["capabilities"] = json!({ "sampling": {} });
    let opened = Draft::post(opening).send(&service).await;
    let session = opened.header("mcp-session-id");
    let message = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "sample" },
    });
    for body in [message.clone(), json!([message])] {
        let post = Draft::post(body).with("mcp-session-id", session);
        let mut stream = post.begin(&service).await.into_body();
        assert_eq!(next_event(&mut stream).await["method"], "sampling/createMessage");
        drop(stream);
        let start = tokio::time::Instant::now();
        ended.notified().await;
        assert!(start.elapsed() < Duration::from_secs(300), "{:?}", start.elapsed());
    }
}
