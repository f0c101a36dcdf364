//! Tasks that another server takes up.

use mcp_runtime::Store;
use mcp_runtime::prelude::*;
use serde_json::json;

use super::kit::{GENERATIONS, Generation, Peer, accept, text};
use super::tools::{World, server_on};
use crate::kit::soon;

#[tokio::test]
async fn steps_and_answers_are_not_repeated() {
    let (store, world) = (Store::memory(), World::new());
    let mut first = Peer::of(Generation::Extension, server_on(&store, &world)).await;
    let id = first.start("steps", json!({})).await;
    first.question(&id).await;
    assert_eq!(world.effects(), 1);
    drop(first);
    // As often as it waits for its client, whatever the number of attempts is.
    for _ in 0..4 {
        let mut next = Peer::of(Generation::Extension, server_on(&store, &world)).await;
        let (_, question) = next.question(&id).await;
        assert_eq!(question["params"]["message"], "Go on?");
    }
    let mut last = Peer::of(Generation::Extension, server_on(&store, &world)).await;
    last.answer_question(&id, accept("ann")).await;
    assert_eq!(text(&last.until(&id, "completed").await["result"]), "1 ann 2");
    assert_eq!(world.effects(), 2);
}

#[tokio::test]
async fn a_task_of_a_session_is_taken_up_and_found_in_another_session() {
    let (store, world) = (Store::memory(), World::new());
    let mut first = Peer::of(Generation::Core, server_on(&store, &world)).await;
    let id = first.start("steps", json!({})).await;
    first.until(&id, "input_required").await;
    drop(first);
    let mut second = Peer::of(Generation::Core, server_on(&store, &world)).await;
    let waiting = second.begin("tasks/result", json!({ "taskId": id })).await;
    let question = second.told("elicitation/create").await;
    second.reply(&question, accept("ann")).await;
    assert_eq!(text(&second.answer(waiting).await["result"]), "1 ann 2");
    assert_eq!(world.effects(), 2);
}

/// A name.
#[derive(Elicit)]
struct Name {
    name: String,
}

/// Ask, and answer with the state.
#[tool(task)]
async fn waits(cx: &Context, name: State<&'static str>) -> Result<String, ToolError> {
    let step = cx.once("step", async || name.len()).await;
    let answer = cx.elicit::<Name>("Go on?").await?.accepted();
    let answer = answer.map(|Name { name }| name).unwrap_or_default();
    Ok(format!("{} {step} {answer}", *name))
}

#[tokio::test]
async fn a_mounted_tool_has_its_state_when_it_is_taken_up() {
    let store = Store::memory();
    let server = || {
        let inner = Server::new("inner", "1").with::<waits>().state("inner");
        Server::new("outer", "1").state("o").mount("in", inner).store(store.clone())
    };
    for generation in GENERATIONS {
        let mut first = Peer::of(generation, server()).await;
        let id = first.start("in_waits", json!({})).await;
        first.until(&id, "input_required").await;
        drop(first);
        let mut second = Peer::of(generation, server()).await;
        if generation == Generation::Core {
            second.begin("tasks/result", json!({ "taskId": id })).await;
        }
        second.answer_question(&id, accept("ann")).await;
        second.until(&id, "completed").await;
        assert_eq!(text(&second.outcome(&id).await.unwrap()), "inner 5 ann");
    }
}

#[tokio::test]
async fn a_task_whose_tool_is_gone_fails() {
    let store = Store::memory();
    let (world, generation) = (World::new(), Generation::Extension);
    let mut first = Peer::of(generation, server_on(&store, &world)).await;
    let id = first.start("work", json!({ "text": "x" })).await;
    soon(world.started.acquire()).await.unwrap().forget();
    drop(first);
    let server = Server::new("other", "1").with::<waits>().state("x").store(store.clone());
    let mut second = Peer::of(generation, server).await;
    let task = second.until(&id, "failed").await;
    assert!(task["error"]["message"].as_str().unwrap().contains("work"), "{task}");
}
