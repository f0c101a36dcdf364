//! Servers that answer bytes with bytes. No test here has a runtime of tokio, unless it needs one.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context as TaskContext, Poll, Wake, Waker};
use std::thread::{self, Thread};

use mcp_runtime::Serving;
use mcp_runtime::elicit::AskError;
use mcp_runtime::prelude::*;
use mcp_runtime::responder::{MessageConnection, Responder};
use mcp_runtime::serde_json::{Value, from_slice, json};

/// Wakes a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future on this thread, without a runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut cx) = (pin!(future), TaskContext::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Report progress.
#[tool]
async fn report(cx: Context) -> &'static str {
    cx.progress(1.0, 2.0, "half");
    "done"
}

/// Name the caller.
#[tool]
async fn caller(principal: Principal) -> String {
    principal.subject().unwrap_or("anonymous").to_owned()
}

/// Block the thread.
#[tool(blocking)]
fn block() -> &'static str {
    "blocked"
}

/// Wait for the end of the request.
#[tool]
async fn wait(dropped: State<Dropped>) -> &'static str {
    let _guard = Guard(Arc::clone(&dropped.0));
    pending::<()>().await;
    "never"
}

/// Wait for a cancellation.
#[tool]
async fn cooperate(cx: Context) -> &'static str {
    cx.cancelled().await;
    "never"
}

#[derive(Elicit)]
struct Name {
    name: String,
}

/// Greet the user.
#[tool]
async fn greet(cx: Context) -> Result<String, AskError> {
    let name = cx.elicit::<Name>("Your name?").await?.accepted();
    Ok(format!("Hello, {}", name.map(|name| name.name).unwrap_or_default()))
}

struct Dropped(Arc<AtomicBool>);

struct Guard(Arc<AtomicBool>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn server(dropped: &Arc<AtomicBool>) -> Server {
    Server::new("demo", "1.0.0")
        .with::<(add, report, caller, block, wait, cooperate, greet)>()
        .state(Dropped(Arc::clone(dropped)))
}

fn responder() -> Responder {
    block_on(server(&Arc::default()).into_responder()).unwrap()
}

fn modern(id: u64, method: &str, mut params: Value) -> String {
    params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2026-07-28");
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn call(id: u64, tool: &str, arguments: Value) -> String {
    modern(id, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

fn parse(answer: Option<Vec<u8>>) -> Value {
    from_slice(&answer.expect("the message has an answer")).unwrap()
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_default()
}

#[test]
fn a_request_is_answered_without_a_runtime() {
    let responder = responder();
    let answer = parse(block_on(responder.respond(call(7, "add", json!({ "a": 2, "b": 3 })))));
    assert_eq!((text(&answer), &answer["id"]), ("5", &json!(7)));
    assert_eq!(text(&parse(block_on(responder.respond(call(8, "block", json!({})))))), "blocked");
    let listed = parse(block_on(responder.respond(modern(9, "tools/list", json!({})))));
    assert_eq!(listed["result"]["tools"].as_array().map(Vec::len), Some(7));
    block_on(responder.close()).unwrap();
}

#[test]
fn messages_that_stand_alone_are_refused_as_over_http() {
    let responder = responder();
    let code = |message: &str| parse(block_on(responder.respond(message)))["error"]["code"].clone();
    assert_eq!(code("{"), -32700);
    assert_eq!(code(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#), -32602);
    assert_eq!(code(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#), -32600);
    assert_eq!(code(&modern(1, "tools/calls", json!({}))), -32601);
    let old = modern(1, "tools/list", json!({})).replace("2026-07-28", "2025-11-25");
    assert_eq!(code(&old), -32022);
    let notification = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(block_on(responder.respond(notification)), None);
    let cancelled = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;
    assert_eq!(block_on(responder.respond(cancelled)), None);
}

#[test]
fn notifications_come_before_the_answer() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let collected = Arc::clone(&sent);
    let send = move |message: Vec<u8>| {
        collected.lock().unwrap().push(from_slice::<Value>(&message).unwrap());
    };
    let request =
        modern(1, "tools/call", json!({ "name": "report", "_meta": { "progressToken": "t" } }));
    let answer = parse(block_on(responder().respond_with(request, send)));
    assert_eq!(text(&answer), "done");
    let sent = sent.lock().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        sent[0]["params"],
        json!({ "progressToken": "t", "progress": 1, "total": 2, "message": "half" })
    );
}

#[test]
fn messages_come_from_the_principal_that_is_set() {
    let responder = responder();
    let ann = responder.clone().by(Principal::new("ann"));
    let name = |responder: &Responder| {
        text(&parse(block_on(responder.respond(call(1, "caller", json!({})))))).to_owned()
    };
    assert_eq!((name(&responder), name(&ann)), ("anonymous".to_owned(), "ann".to_owned()));
}

/// Polls a future once.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut TaskContext::from_waker(Waker::noop()))
}

#[test]
fn dropping_the_future_cancels_the_request() {
    let dropped = Arc::new(AtomicBool::new(false));
    let responder = block_on(server(&dropped).into_responder()).unwrap();
    {
        let mut waiting = pin!(responder.respond(call(1, "wait", json!({}))));
        assert!(poll_once(waiting.as_mut()).is_pending());
        let mut cooperating = pin!(responder.respond(call(2, "cooperate", json!({}))));
        assert!(poll_once(cooperating.as_mut()).is_pending());
        assert!(!dropped.load(Ordering::Acquire));
    }
    assert!(dropped.load(Ordering::Acquire));
}

fn legacy(id: u64, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

async fn open(connection: &MessageConnection, revision: &str) {
    let params = json!({
        "protocolVersion": revision,
        "capabilities": { "elicitation": {} },
        "clientInfo": { "name": "test", "version": "1" },
    });
    let opened = parse(connection.respond(legacy(0, "initialize", params)).await);
    assert_eq!(opened["result"]["protocolVersion"], revision);
    let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(connection.respond(initialized).await, None);
}

#[test]
fn a_connection_serves_both_eras() {
    let connection = responder().connect(drop);
    let add = json!({ "name": "add", "arguments": { "a": 2, "b": 3 } });
    let unopened = parse(block_on(connection.respond(legacy(1, "tools/call", add.clone()))));
    assert_eq!(unopened["error"]["code"], -32600);
    assert_eq!(
        text(&parse(block_on(connection.respond(modern(1, "tools/call", add.clone()))))),
        "5"
    );
    block_on(open(&connection, "2025-11-25"));
    assert_eq!(text(&parse(block_on(connection.respond(legacy(2, "tools/call", add))))), "5");
    let again = parse(block_on(connection.respond(legacy(3, "initialize", json!({})))));
    assert_eq!(again["error"]["message"], "the session is already initialized");
}

/// The time limit of a question is a timer.
#[tokio::test]
async fn a_handler_asks_in_a_session() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let collected = Arc::clone(&sent);
    let responder = server(&Arc::default()).into_responder().await.unwrap();
    let connection = responder.connect(move |message| collected.lock().unwrap().push(message));
    open(&connection, "2025-11-25").await;
    let mut greeting = pin!(connection.respond(legacy(
        1,
        "tools/call",
        json!({ "name": "greet", "arguments": {} })
    )));
    assert!(poll_once(greeting.as_mut()).is_pending());
    let question: Value = from_slice(&sent.lock().unwrap().pop().unwrap()).unwrap();
    assert_eq!(question["method"], "elicitation/create");
    let response = json!({ "jsonrpc": "2.0", "id": question["id"],
        "result": { "action": "accept", "content": { "name": "Ann" } } });
    assert_eq!(connection.respond(response.to_string()).await, None);
    assert_eq!(text(&parse(greeting.await)), "Hello, Ann");
}

#[test]
fn a_cancelled_request_has_no_answer_and_its_id_is_free_again() {
    let dropped = Arc::new(AtomicBool::new(false));
    let responder = block_on(server(&dropped).into_responder()).unwrap();
    let connection = responder.connect(drop);
    block_on(open(&connection, "2025-11-25"));
    let wait = || legacy(1, "tools/call", json!({ "name": "wait", "arguments": {} }));
    let mut waiting = pin!(connection.respond(wait()));
    assert!(poll_once(waiting.as_mut()).is_pending());
    let reused = parse(block_on(connection.respond(wait())));
    assert_eq!(reused["error"]["code"], -32600);
    let cancel = r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#;
    assert_eq!(block_on(connection.respond(cancel)), None);
    assert_eq!(block_on(waiting), None);
    assert!(dropped.load(Ordering::Acquire));
    let add = json!({ "name": "add", "arguments": { "a": 1, "b": 1 } });
    assert_eq!(text(&parse(block_on(connection.respond(legacy(1, "tools/call", add))))), "2");
}

#[test]
fn an_array_is_answered_by_an_array() {
    let connection = responder().connect(drop);
    block_on(open(&connection, "2025-03-26"));
    let add = |id| {
        json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": { "name": "add", "arguments": { "a": id, "b": 1 } } })
    };
    let both = parse(block_on(connection.respond(json!([add(1), add(2)]).to_string())));
    let texts: Vec<_> = both.as_array().unwrap().iter().map(text).collect();
    assert_eq!(texts, ["2", "3"]);
    let silent = json!([{ "jsonrpc": "2.0", "method": "notifications/initialized" }]);
    assert_eq!(block_on(connection.respond(silent.to_string())), None);
    let reused = json!([
        { "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "wait", "arguments": {} } },
        add(1),
        { "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 1 } },
    ]);
    let answers = parse(block_on(connection.respond(reused.to_string())));
    assert_eq!(answers.as_array().map(Vec::len), Some(1), "{answers}");
    assert_eq!(answers[0]["error"]["code"], -32600);
}

#[test]
fn what_needs_a_runtime_fails_without_one() {
    let server = Server::new("demo", "1.0.0").lifespan(|serving: Serving<u8>| async move {
        serving.with(1).await;
        Ok(())
    });
    let error = block_on(server.into_responder()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a lifespan of the server failed: it needs a runtime of tokio, in which it runs"
    );
}

#[tokio::test]
async fn changes_are_reported_within_a_runtime() {
    let mut server = server(&Arc::default());
    let handle = server.handle();
    let responder = server.into_responder().await.unwrap();
    let (send, mut sent) = tokio::sync::mpsc::unbounded_channel();
    let connection = responder.connect(move |message| send.send(message).unwrap_or_default());
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" } });
    assert!(connection.respond(legacy(0, "initialize", params)).await.is_some());
    handle.announce_tools_changed();
    let changed = poll_fn(|cx| sent.poll_recv(cx)).await.unwrap();
    let changed: Value = from_slice(&changed).unwrap();
    assert_eq!(changed["method"], "notifications/tools/list_changed");
}
