//! Rounds of calls that ask, sent twice: by clients whose connection broke, or all at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::elicit::AskError;
use mcp_runtime::http::McpService;
use mcp_runtime::prelude::*;
use mcp_runtime::{Principal, ProtocolError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::client::{Answer, Draft, soon};

#[derive(Elicit)]
struct Confirm {
    yes: bool,
}

/// What handlers did, and what they wait for.
#[derive(Clone)]
pub(crate) struct World {
    charges: Arc<AtomicUsize>,
    runs: Arc<AtomicUsize>,
    pub(crate) gate: Arc<Semaphore>,
    entered: Arc<Semaphore>,
}

impl World {
    pub(crate) fn new() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        let (gate, entered) = (closed(), closed());
        Self { charges: Arc::default(), runs: Arc::default(), gate, entered }
    }

    pub(crate) fn open() -> Self {
        let world = Self::new();
        world.gate.add_permits(1000);
        world
    }

    fn charge(&self) -> usize {
        self.charges.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn charges(&self) -> usize {
        self.charges.load(Ordering::SeqCst)
    }

    async fn pass(&self) {
        self.entered.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
    }

    /// Waits until a handler waits.
    pub(crate) async fn entered(&self) {
        soon(self.entered.acquire()).await.unwrap().forget();
    }
}

/// Buy something, once the user agrees.
#[tool]
async fn buy(cx: &Context, world: State<World>) -> Result<String, AskError> {
    let answer = cx.elicit::<Confirm>("Buy?").await?;
    world.runs.fetch_add(1, Ordering::SeqCst);
    let charge = cx.once("charge", async || world.charge()).await;
    world.pass().await;
    let yes = answer.accepted().is_some_and(|confirm| confirm.yes);
    Ok(format!("charge {charge}, {yes}"))
}

/// Buy something, and ask twice.
#[tool]
async fn buy_carefully(cx: &Context, world: State<World>) -> Result<String, AskError> {
    cx.elicit::<Confirm>("Buy?").await?;
    let charge = cx.once("charge", async || world.charge()).await;
    cx.elicit::<Confirm>("Really?").await?;
    Ok(format!("charge {charge}"))
}

/// Buy something, and fail the first time.
#[tool]
async fn buy_late(cx: &Context, world: State<World>) -> Result<String, ProtocolError> {
    cx.elicit::<Confirm>("Buy?")
        .await
        .map_err(|error| ProtocolError::internal(error.to_string()))?;
    let charge = cx.once("charge", async || world.charge()).await;
    match world.runs.fetch_add(1, Ordering::SeqCst) {
        0 => Err(ProtocolError::internal("the shop is closed")),
        _ => Ok(format!("charge {charge}")),
    }
}

/// A prompt about a purchase.
#[prompt]
async fn receipt(cx: &Context, world: State<World>) -> Result<String, AskError> {
    cx.elicit::<Confirm>("Print it?").await?;
    Ok(format!("receipt {}", cx.once("number", async || world.charge()).await))
}

pub(crate) fn server(world: &World) -> Server {
    Server::new("shop", "1.0")
        .with::<(buy, buy_carefully, buy_late, receipt)>()
        .state(world.clone())
}

fn service(world: &World) -> McpService {
    server(world).into_service().unwrap()
}

fn request(method: &str, name: &str, more: Value) -> Draft {
    let mut params = json!({ "name": name });
    for (key, value) in more.as_object().unwrap() {
        params[key] = value.clone();
    }
    Draft::modern(method, params).instead(
        r#""io.modelcontextprotocol/clientCapabilities":{}"#,
        r#""io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}"#,
    )
}

pub(crate) fn call(name: &str, more: Value) -> Draft {
    request("tools/call", name, more)
}

/// The members of the next round.
pub(crate) fn next_round(answer: &Answer, yes: bool) -> Value {
    let result = &answer.json()["result"];
    let key = result["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let response = json!({ "action": "accept", "content": { "yes": yes } });
    json!({ "requestState": result["requestState"], "inputResponses": { key: response } })
}

/// The members of the last round of a call of a tool with one question.
pub(crate) async fn asked(service: &McpService, tool: &str) -> Answer {
    soon(call(tool, json!({})).send(service)).await
}

#[tokio::test]
async fn the_last_round_is_carried_out_once() {
    let world = World::open();
    let service = service(&world);
    let question = asked(&service, "buy").await;
    let round = next_round(&question, true);
    for _ in 0..3 {
        let answer = soon(call("buy", round.clone()).send(&service)).await;
        assert_eq!(answer.text_result(), "charge 1, true");
    }
    let otherwise = soon(call("buy", next_round(&question, false)).send(&service)).await;
    assert_eq!(otherwise.code(), -32602);
    assert!(otherwise.body.contains("were answered before"), "{otherwise:?}");
    assert_eq!((world.charges(), world.runs.load(Ordering::SeqCst)), (1, 1));
    // Another call is another purchase.
    let round = next_round(&asked(&service, "buy").await, true);
    assert_eq!(soon(call("buy", round).send(&service)).await.text_result(), "charge 2, true");
}

#[tokio::test]
async fn the_order_of_members_does_not_count() {
    let world = World::open();
    let service = service(&world);
    let round = next_round(&asked(&service, "buy").await, true);
    let sent = soon(call("buy", round.clone()).send(&service)).await;
    let again = call("buy", round).instead(
        r#"{"action":"accept","content":{"yes":true}}"#,
        r#"{ "content": {"yes":true}, "action": "accept" }"#,
    );
    assert_eq!(soon(again.send(&service)).await.text_result(), sent.text_result());
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn a_round_that_runs_is_joined() {
    let world = World::new();
    let service = service(&world);
    let round = next_round(&asked(&service, "buy").await, true);
    let send = |round: Value| {
        let service = service.clone();
        tokio::spawn(async move { call("buy", round).send(&service).await })
    };
    let first = send(round.clone());
    world.entered().await;
    let others = [send(round.clone()), send(round)];
    tokio::task::yield_now().await;
    world.gate.add_permits(1);
    assert_eq!(soon(first).await.unwrap().text_result(), "charge 1, true");
    for other in others {
        assert_eq!(soon(other).await.unwrap().text_result(), "charge 1, true");
    }
    assert_eq!((world.charges(), world.runs.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_cancelled_round_leaves_its_effects() {
    let world = World::new();
    let service = service(&world);
    let round = next_round(&asked(&service, "buy").await, true);
    let (caller, first) = (service.clone(), round.clone());
    let calling = tokio::spawn(async move { call("buy", first).send(&caller).await });
    world.entered().await;
    let (caller, joined) = (service.clone(), round.clone());
    let joining = tokio::spawn(async move { call("buy", joined).send(&caller).await });
    tokio::task::yield_now().await;
    calling.abort();
    assert!(calling.await.unwrap_err().is_cancelled());
    // The one that has joined carries it out now.
    world.entered().await;
    world.gate.add_permits(1);
    assert_eq!(soon(joining).await.unwrap().text_result(), "charge 1, true");
    assert_eq!((world.charges(), world.runs.load(Ordering::SeqCst)), (1, 2));
}

#[tokio::test]
async fn a_round_that_asks_again_is_carried_out_once_too() {
    let world = World::open();
    let service = service(&world);
    let round = next_round(&asked(&service, "buy_carefully").await, true);
    let mut states = Vec::new();
    for _ in 0..2 {
        let answer = soon(call("buy_carefully", round.clone()).send(&service)).await;
        states.push(next_round(&answer, true));
    }
    assert_eq!(states[0], states[1]);
    // Other answers are taken, because the call has not ended; what it has done stays done.
    let otherwise = next_round(&asked(&service, "buy_carefully").await, false);
    let otherwise = json!({ "requestState": round["requestState"], "inputResponses": otherwise["inputResponses"] });
    let answer = soon(call("buy_carefully", otherwise).send(&service)).await;
    assert!(answer.body.contains("Really?"), "{answer:?}");
    let done = soon(call("buy_carefully", states.remove(0)).send(&service)).await;
    assert_eq!(done.text_result(), "charge 1");
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn a_round_that_failed_may_be_tried_again_without_its_effects() {
    let world = World::open();
    let service = service(&world);
    let round = next_round(&asked(&service, "buy_late").await, true);
    assert_eq!(soon(call("buy_late", round.clone()).send(&service)).await.code(), -32603);
    let again = soon(call("buy_late", round).send(&service)).await;
    assert_eq!(again.text_result(), "charge 1");
    assert_eq!(world.charges(), 1);
}

#[tokio::test]
async fn rounds_of_other_principals_are_not_joined() {
    let world = World::open();
    let service = service(&world);
    let ann = |more| call("buy", more).by(Principal::new("ann"));
    let round = next_round(&soon(ann(json!({})).send(&service)).await, true);
    assert_eq!(soon(ann(round.clone()).send(&service)).await.text_result(), "charge 1, true");
    let bob = call("buy", round).by(Principal::new("bob"));
    let refused = soon(bob.send(&service)).await;
    assert_eq!(refused.code(), -32602);
    assert!(refused.body.contains("is not accepted"), "{refused:?}");
}

#[tokio::test]
async fn rounds_of_prompts_are_carried_out_once() {
    let world = World::open();
    let service = service(&world);
    let get = |more| request("prompts/get", "receipt", more);
    let round = next_round(&soon(get(json!({})).send(&service)).await, true);
    let texts = [
        soon(get(round.clone()).send(&service)).await.json()["result"].clone(),
        soon(get(round).send(&service)).await.json()["result"].clone(),
    ];
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[0]["messages"][0]["content"]["text"], "receipt 1");
}
