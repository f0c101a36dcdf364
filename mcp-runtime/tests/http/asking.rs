//! Questions within sessions: which way they go, whose answers count, how they end.

use std::time::Duration;

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::{HttpBody, HttpConfig, McpService};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use crate::client::{Draft, LEGACY, initialize, next_event, soon};

/// Count the roots.
#[tool]
async fn roots(cx: &Context) -> Result<usize, AskError> {
    Ok(cx.roots().await?.all().len())
}

/// Ask the model.
#[tool]
async fn sample(cx: &Context) -> Result<String, AskError> {
    Ok(cx.sample("Hello").max_tokens(5).await?.text())
}

/// Ask the model, but not for long.
#[tool]
async fn impatient(cx: &Context) -> &'static str {
    tokio::select! {
        _ = cx.sample("Hello") => "answered",
        () = tokio::task::yield_now() => "went on",
    }
}

/// Require a payment.
#[tool]
async fn pay(cx: &Context) -> Result<bool, AskError> {
    let payment = cx.elicit_url("https://shop.example/pay", "Pay").id("payment").required();
    Ok(payment.await?.is_accepted())
}

/// Report the payment.
#[tool]
async fn paid(cx: &Context) -> String {
    cx.url_completion("payment").complete().to_string()
}

fn service() -> McpService {
    let server = Server::new("asking", "1.0").with::<(roots, sample, impatient, pay, paid)>();
    let server = server.http(HttpConfig::local());
    server.answer_within(Duration::from_secs(300)).into_service().unwrap()
}

async fn open(service: &McpService, capabilities: Value) -> String {
    let mut opening = initialize(LEGACY);
    opening["params"]["capabilities"] = capabilities;
    let answer = Draft::post(opening).send(service).await;
    answer.header("mcp-session-id").to_owned()
}

async fn able(service: &McpService) -> String {
    let roots = json!({ "listChanged": true });
    open(service, json!({ "roots": roots, "sampling": {}, "elicitation": {} })).await
}

fn call(session: &str, id: i64, tool: &str) -> Draft {
    Draft::in_session(session, id, "tools/call", json!({ "name": tool }))
}

/// Calls a tool, and returns the stream with the question on it, and the question.
async fn asked(service: &McpService, session: &str, tool: &str) -> (HttpBody, Value) {
    let response = soon(call(session, 1, tool).begin(service)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body();
    let question = soon(next_event(&mut body)).await;
    (body, question)
}

async fn respond(service: &McpService, session: &str, message: Value) {
    let answer = Draft::post(message).with("mcp-session-id", session).send(service).await;
    assert_eq!(answer.status, 202, "{answer:?}");
}

async fn answer(service: &McpService, session: &str, question: &Value, result: Value) {
    let id = &question["id"];
    respond(service, session, json!({ "jsonrpc": "2.0", "id": id, "result": result })).await;
}

fn said(text: &str) -> Value {
    json!({ "role": "assistant", "content": { "type": "text", "text": text }, "model": "m" })
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn a_question_goes_the_way_of_its_request() {
    let service = service();
    let session = able(&service).await;
    let (mut body, question) = asked(&service, &session, "sample").await;
    assert_eq!(question["method"], "sampling/createMessage");
    let message = json!([{ "role": "user", "content": { "type": "text", "text": "Hello" } }]);
    assert_eq!(question["params"], json!({ "messages": message, "maxTokens": 5 }));
    answer(&service, &session, &question, said("Hi")).await;
    let result = soon(next_event(&mut body)).await;
    assert_eq!((&result["id"], text(&result)), (&json!(1), "Hi"));
}

#[tokio::test]
async fn answers_of_others_do_not_count() {
    let service = service();
    let (session, other) = (able(&service).await, able(&service).await);
    let (mut body, question) = asked(&service, &session, "sample").await;
    answer(&service, &other, &question, said("from elsewhere")).await;
    for id in [json!(1), json!("ask-0"), json!(null)] {
        let response = json!({ "jsonrpc": "2.0", "id": id, "result": said("made up") });
        let posted = Draft::post(response).with("mcp-session-id", &session).send(&service).await;
        assert!(posted.status.is_success() || id.is_null(), "{posted:?}");
    }
    answer(&service, &session, &question, said("mine")).await;
    answer(&service, &session, &question, said("twice")).await;
    assert_eq!(text(&soon(next_event(&mut body)).await), "mine");
}

#[tokio::test]
async fn what_the_client_answers_otherwise_is_told() {
    let service = service();
    let session = able(&service).await;
    let (mut body, question) = asked(&service, &session, "sample").await;
    let error = json!({ "code": -1, "message": "the user said no" });
    respond(&service, &session, json!({ "jsonrpc": "2.0", "id": question["id"], "error": error }))
        .await;
    let result = soon(next_event(&mut body)).await;
    assert_eq!(result["result"]["isError"], true);
    assert_eq!(text(&result), "the client refused the question: the user said no (code -1)");
    let (mut body, question) = asked(&service, &session, "sample").await;
    answer(&service, &session, &question, json!({ "role": "assistant" })).await;
    let result = soon(next_event(&mut body)).await;
    assert!(
        text(&result).starts_with("the client's answer does not fit: missing field"),
        "{result}"
    );
}

#[tokio::test]
async fn roots_are_asked_for_each_time_where_nobody_tells_of_changes() {
    let service = service();
    let session = open(&service, json!({ "roots": {} })).await;
    for count in ["1", "2"] {
        let (mut body, question) = asked(&service, &session, "roots").await;
        let root = json!({ "uri": "file:///a" });
        let roots: Vec<_> = std::iter::repeat_n(root, count.parse().unwrap()).collect();
        answer(&service, &session, &question, json!({ "roots": roots })).await;
        assert_eq!(text(&soon(next_event(&mut body)).await), count);
    }
}

#[tokio::test]
async fn a_question_is_taken_back_with_its_call() {
    let service = service();
    let session = able(&service).await;
    let (mut body, question) = asked(&service, &session, "sample").await;
    let cancelled = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } });
    respond(&service, &session, cancelled).await;
    let taken_back = soon(next_event(&mut body)).await;
    assert_eq!(taken_back["method"], "notifications/cancelled");
    assert_eq!(taken_back["params"]["requestId"], question["id"]);
    assert_eq!(soon(crate::client::next(&mut body)).await, None);
    // An answer that comes too late answers nothing.
    answer(&service, &session, &question, said("late")).await;
}

#[tokio::test]
async fn a_handler_that_goes_on_takes_its_question_back() {
    let service = service();
    let session = able(&service).await;
    let response = soon(call(&session, 1, "impatient").send(&service)).await;
    let events = response.events();
    assert_eq!(events[0]["method"], "sampling/createMessage");
    assert_eq!(events[1]["method"], "notifications/cancelled");
    assert_eq!(events[1]["params"]["requestId"], events[0]["id"]);
    assert_eq!(text(&events[2]), "went on");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_longer_than_said() {
    let service = service();
    let session = able(&service).await;
    let (mut body, question) = asked(&service, &session, "sample").await;
    let before = tokio::time::Instant::now();
    let mut said = Vec::new();
    while said.len() < 2 {
        let piece = crate::client::next(&mut body).await.unwrap();
        said.extend(crate::client::events(&piece));
    }
    assert_eq!(before.elapsed().as_secs(), 300);
    assert_eq!(said[0]["params"]["requestId"], question["id"]);
    assert_eq!(text(&said[1]), "the client did not answer within 300 s");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stays_away_is_given_up() {
    let service = service();
    let session = able(&service).await;
    let (body, _) = asked(&service, &session, "sample").await;
    drop(body);
    let before = tokio::time::Instant::now();
    // The id of the call is free again once the call has ended.
    while call(&session, 1, "impatient").send(&service).await.status == 400 {
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    let waited = before.elapsed().as_secs();
    assert!((60..65).contains(&waited), "{waited}");
}

#[tokio::test]
async fn a_client_that_reads_no_events_is_asked_where_it_listens() {
    let service = service();
    let session = able(&service).await;
    let json_only = || call(&session, 1, "sample").with("accept", "application/json");
    let result = soon(json_only().send(&service)).await;
    assert_eq!(result.text_result(), "the client has gone away without an answer");
    let listening = Draft::new("GET").with("accept", "text/event-stream");
    let listening = listening.with("mcp-session-id", &session).begin(&service).await;
    let mut listening = listening.into_body();
    let (draft, caller) = (json_only(), service.clone());
    let calling = tokio::spawn(async move { draft.send(&caller).await });
    let question = soon(next_event(&mut listening)).await;
    answer(&service, &session, &question, said("Hi")).await;
    assert_eq!(soon(calling).await.unwrap().text_result(), "Hi");
}

#[tokio::test]
async fn the_end_of_the_session_ends_the_wait() {
    let service = service();
    let session = able(&service).await;
    let (mut body, _) = asked(&service, &session, "sample").await;
    let ended = Draft::new("DELETE").with("mcp-session-id", &session).send(&service).await;
    assert_eq!(ended.status, 204);
    while let Some(piece) = soon(crate::client::next(&mut body)).await {
        assert!(!piece.contains("result"), "{piece}");
    }
}

#[tokio::test]
async fn no_client_is_notified_of_what_another_was_asked() {
    let service = service();
    let urls = json!({ "elicitation": { "url": {} } });
    let (asked, other) = (open(&service, urls.clone()).await, open(&service, urls).await);
    let refused = call(&asked, 1, "pay").send(&service).await;
    assert_eq!(refused.code(), -32042);
    let paid = async |session: &str| call(session, 2, "paid").send(&service).await.text_result();
    assert_eq!(paid(&other).await, "false");
    assert_eq!(paid(&asked).await, "true");
    // It is completed once.
    assert_eq!(paid(&asked).await, "false");
    // A client that supports no URLs.
    assert_eq!(paid(&able(&service).await).await, "false");
}
