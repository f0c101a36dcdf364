//! Questions of handlers that run apart from what drives them, and what a client may not do with a
//! state.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use crate::client::{Answer, Draft, LEGACY, events, initialize, next, next_event, soon};

#[derive(Elicit)]
struct Confirm {
    /// Go on
    yes: bool,
}

/// What handlers wait for and leave behind.
#[derive(Clone)]
struct World {
    gate: Arc<Semaphore>,
    alive: watch::Sender<i32>,
    went_on: Arc<AtomicUsize>,
}

impl World {
    fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        Self { gate, alive: watch::Sender::new(0), went_on: Arc::default() }
    }

    fn enter(&self) -> Guard {
        self.alive.send_modify(|count| *count += 1);
        Guard(self.alive.clone())
    }

    async fn has_alive(&self, wanted: i32) {
        soon(self.alive.subscribe().wait_for(|count| *count == wanted)).await.unwrap();
    }

    async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }
}

/// Counts a handler for as long as it is there.
struct Guard(watch::Sender<i32>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Do something slow beside a question, in a task of its own.
#[tool(cancel = "cooperative")]
async fn busy_apart(cx: &Context, world: State<World>) -> Result<String, AskError> {
    let act = cx.once("act", async || {
        let _guard = world.enter();
        world.pass().await;
        1
    });
    let (number, answer) = tokio::join!(act, cx.elicit::<Confirm>("beside"));
    let yes = answer?.accepted().is_some_and(|confirm| confirm.yes);
    Ok(format!("{number} {yes}"))
}

/// Do something slow in a task that was spawned, beside a question.
#[tool]
async fn busy_spawned(cx: &Context, world: State<World>) -> Result<String, AskError> {
    let (own, world) = (cx.clone(), world.clone());
    let act = tokio::spawn(async move {
        let act = own.once("act", async || {
            let _guard = world.enter();
            world.pass().await;
            1
        });
        act.await
    });
    tokio::task::yield_now().await;
    let answer = cx.elicit::<Confirm>("beside").await?;
    Ok(format!("{} {}", act.await.unwrap(), answer.is_accepted()))
}

/// Ask, and note if there is neither an answer nor an end.
#[tool(cancel = "cooperative")]
async fn ask_apart(cx: &Context, world: State<World>) -> String {
    let _guard = world.enter();
    let answer = cx.elicit::<Confirm>("sure?").await;
    if answer.is_err() {
        world.went_on.fetch_add(1, Ordering::SeqCst);
    }
    format!("{}", answer.is_ok())
}

/// Ask only when somebody lets it.
#[tool(cancel = "cooperative")]
async fn ask_late(cx: &Context, world: State<World>) -> Result<String, AskError> {
    let _guard = world.enter();
    world.pass().await;
    cx.elicit::<Confirm>("sure?").await?;
    Ok("asked".to_owned())
}

/// Leave a task behind that asks.
#[tool]
async fn leave_behind(cx: &Context, world: State<World>) -> &'static str {
    let (cx, world) = (cx.clone(), world.clone());
    let guard = world.enter();
    tokio::spawn(async move {
        let _guard = guard;
        world.pass().await;
        cx.elicit::<Confirm>("is anybody there?").await
    });
    "done"
}

/// An order.
#[resource("orders://{id}")]
async fn order(cx: &Context, id: u32) -> Result<String, AskError> {
    let price = cx.once("price", async || id).await;
    cx.elicit::<Confirm>("Show it?").await?;
    Ok(format!("order {id} for {price}"))
}

/// A prompt about something.
#[prompt]
async fn about(cx: &Context, subject: String) -> Result<String, AskError> {
    let first = cx.once("subject", async || subject.clone()).await;
    cx.elicit::<Confirm>("Show it?").await?;
    Ok(format!("{subject}, {first}"))
}

/// Ask two things that are long.
#[tool]
async fn long_questions(cx: &Context) -> Result<String, AskError> {
    let text = "x".repeat(200 << 10);
    let (one, other) = tokio::join!(cx.sample(text.clone()), cx.sample(format!("{text}y")));
    Ok(format!("{} {}", one?.text(), other?.text()))
}

/// Say something before it turns out that the client cannot be asked.
#[tool]
async fn tell_and_ask(cx: &Context) -> Result<String, AskError> {
    cx.progress(1.0, 2.0, "half");
    cx.elicit::<Confirm>("x").await?;
    Ok("asked".to_owned())
}

/// What an application makes of errors.
#[derive(Debug)]
struct Wrapped(AskError);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the booking failed")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Wrap the error of a question.
#[tool]
async fn wrap(cx: &Context) -> Result<String, Wrapped> {
    cx.elicit::<Confirm>("x").await.map_err(Wrapped)?;
    Ok("asked".to_owned())
}

fn service(world: &World) -> McpService {
    Server::new("apart", "1.0")
        .with::<(busy_apart, busy_spawned, ask_apart, ask_late, leave_behind, order, about)>()
        .with::<(long_questions, tell_and_ask, wrap)>()
        .state(world.clone())
        .into_service()
        .unwrap()
}

/// A request of a client that can be asked everything.
fn able(draft: Draft) -> Draft {
    draft.instead(
        r#""io.modelcontextprotocol/clientCapabilities":{}"#,
        r#""io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"sampling":{"tools":{}}}"#,
    )
}

fn call(tool: &str) -> Draft {
    able(Draft::call(tool, json!({})))
}

fn accept() -> Value {
    json!({ "action": "accept", "content": { "yes": true } })
}

/// The members that continue what was answered with one question.
fn retry(answer: &Answer, response: Value) -> Value {
    let result = &answer.json()["result"];
    let key = result["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    json!({ "requestState": result["requestState"], "inputResponses": { key: response } })
}

fn with(mut params: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    params
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_waits_for_what_it_has_begun_wherever_that_runs() {
    for tool in ["busy_apart", "busy_spawned"] {
        let world = World::new();
        let service = service(&world);
        let caller = service.clone();
        let calling = tokio::spawn(async move { call(tool).send(&caller).await });
        world.has_alive(1).await;
        world.gate.add_permits(1);
        let asked = soon(calling).await.unwrap();
        assert!(asked.body.contains("input_required"), "{tool}: {asked:?}");
        let params = with(json!({ "name": tool, "arguments": {} }), retry(&asked, accept()));
        let done = soon(able(Draft::modern("tools/call", params)).send(&service)).await;
        assert_eq!(done.text_result(), "1 true", "{tool}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_handler_goes_on_past_its_question() {
    let world = World::new();
    let service = service(&world);
    let mut callers = Vec::new();
    for _ in 0..4 {
        let service = service.clone();
        callers.push(tokio::spawn(async move {
            for _ in 0..250 {
                let asked = call("ask_apart").send(&service).await;
                assert!(asked.body.contains("input_required"), "{asked:?}");
            }
        }));
    }
    for caller in callers {
        soon(caller).await.unwrap();
    }
    world.has_alive(0).await;
    assert_eq!(world.went_on.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn questions_end_with_their_request() {
    let world = World::new();
    let service = service(&world);
    let caller = service.clone();
    let calling = tokio::spawn(async move { call("ask_late").send(&caller).await });
    world.has_alive(1).await;
    // The client goes away, and the handler asks after that.
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    world.gate.add_permits(1);
    world.has_alive(0).await;
    assert_eq!(soon(call("leave_behind").send(&service)).await.text_result(), "done");
    world.gate.add_permits(1);
    world.has_alive(0).await;
}

async fn open(service: &McpService) -> String {
    let mut opening = initialize(LEGACY);
    opening["params"]["capabilities"] = json!({ "elicitation": {}, "sampling": { "tools": {} } });
    Draft::post(opening).send(service).await.header("mcp-session-id").to_owned()
}

#[tokio::test]
async fn a_question_of_a_cancelled_call_is_taken_back() {
    let world = World::new();
    let service = service(&world);
    let session = open(&service).await;
    let listening = Draft::new("GET").with("accept", "text/event-stream");
    let listening = listening.with("mcp-session-id", &session).begin(&service).await;
    let params = json!({ "name": "ask_apart" });
    let asking = Draft::in_session(&session, 1, "tools/call", params).begin(&service).await;
    let (mut asking, mut listening) = (asking.into_body(), listening.into_body());
    let question = soon(next_event(&mut asking)).await;
    let params = json!({ "requestId": 1 });
    let cancelled =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
    Draft::post(cancelled).with("mcp-session-id", &session).send(&service).await;
    world.has_alive(0).await;
    assert_eq!(world.went_on.load(Ordering::SeqCst), 1, "a cooperative handler hears of it");
    let taken_back = soon(next_event(&mut listening)).await;
    assert_eq!(taken_back["method"], "notifications/cancelled");
    assert_eq!(taken_back["params"]["requestId"], question["id"]);
}

#[tokio::test]
async fn a_state_is_for_one_resource_and_one_set_of_arguments() {
    let service = service(&World::new());
    let read = |uri: &str, more: Value| {
        let params = with(json!({ "name": "x", "uri": uri }), more);
        able(Draft::modern("resources/read", params).with("mcp-name", uri))
    };
    let asked = read("orders://1", json!({})).send(&service).await;
    let state = retry(&asked, accept());
    assert_eq!(read("orders://2", state.clone()).send(&service).await.code(), -32602);
    let done = read("orders://1", state).send(&service).await.json();
    assert_eq!(done["result"]["contents"][0]["text"], "order 1 for 1");
    let get = |more: Value| {
        let params = json!({ "name": "about", "arguments": { "subject": "A" } });
        able(Draft::modern("prompts/get", with(params, more)))
    };
    let asked = get(json!({})).send(&service).await;
    let arguments = r#""arguments":{"subject":"A"}"#;
    let twice = format!(r#"{arguments},"arguments":{{"subject":"B"}}"#);
    let moved = get(retry(&asked, accept())).instead(arguments, &twice).send(&service).await;
    assert_eq!(moved.code(), -32602, "{moved:?}");
}

#[tokio::test]
async fn long_questions_are_asked_together() {
    let service = service(&World::new());
    let session = open(&service).await;
    let params = json!({ "name": "long_questions" });
    let response = Draft::in_session(&session, 1, "tools/call", params).begin(&service).await;
    let mut body = response.into_body();
    let (mut asked, mut result) = (0, Value::Null);
    while let Some(piece) = soon(next(&mut body)).await {
        for event in events(&piece) {
            if event["method"] != "sampling/createMessage" {
                result = event;
                continue;
            }
            asked += 1;
            let said = json!({ "role": "assistant", "model": "m", "content": { "type": "text", "text": asked.to_string() } });
            let response = json!({ "jsonrpc": "2.0", "id": event["id"], "result": said });
            Draft::post(response).with("mcp-session-id", &session).send(&service).await;
        }
    }
    assert_eq!(result["result"]["content"][0]["text"], "1 2", "{result}");
}

#[tokio::test]
async fn what_the_client_lacks_is_told_by_code_and_status() {
    let service = service(&World::new());
    for tool in ["tell_and_ask", "wrap"] {
        let answer = Draft::call(tool, json!({})).send(&service).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (400, -32021), "{tool}: {answer:?}");
    }
}
