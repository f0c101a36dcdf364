//! Hooks and visibility around tasks.

use std::sync::{Arc, Mutex};

use mcp_runtime::ProtocolError;
use mcp_runtime::hook::{Hook, HookFailure, HookRequest, HookResult};
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

use super::kit::{GENERATIONS, Generation, Peer, code, text};
use super::tools::{World, server};

/// Records the calls of tools, changes their arguments, and hides results.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Recorder {
    fn push(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Hook for Recorder {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        if request.name() == Some("only") {
            return Err(ProtocolError::invalid_request("not this one"));
        }
        if request.method() == "tools/call" {
            self.push(format!("before {}", request.name().unwrap()));
            if request.name() == Some("work") {
                request.replace_arguments(&json!({ "text": "replaced" }))?;
            }
        }
        Ok(())
    }

    async fn after(&self, request: &HookRequest, result: &mut HookResult<'_>) {
        if request.method() == "tools/call" {
            let is_task = result.json().contains("taskId");
            self.push(if is_task { "task" } else { "result" });
            if result.json().contains("secret") {
                result.replace(&CallToolResult::new([Content::text("hidden")])).unwrap();
            }
        }
    }

    async fn error(&self, request: &HookRequest, failure: &HookFailure<'_>) {
        if request.method() == "tools/call" {
            self.push(format!("{failure}"));
        }
    }
}

/// Return a secret.
#[tool(task)]
async fn secret() -> &'static str {
    "secret"
}

#[tokio::test]
async fn hooks_see_the_call_and_what_it_comes_to() {
    for generation in GENERATIONS {
        let (world, recorder) = (World::new(), Recorder::default());
        let server = server(&world).with::<secret>().hook(recorder.clone());
        let mut peer = Peer::of(generation, server).await;
        let id = peer.start("secret", json!({})).await;
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "hidden");
        assert_eq!(recorder.all(), ["before secret", "task", "result"]);
        recorder.0.lock().unwrap().clear();
        world.gate.add_permits(1);
        let id = peer.start("work", json!({ "text": "sent" })).await;
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "replaced");
        for (tool, failure) in [("fails", "it went wrong"), ("breaks", "it cannot be")] {
            recorder.0.lock().unwrap().clear();
            let id = peer.start(tool, json!({})).await;
            let _ = peer.outcome(&id).await;
            let all = recorder.all();
            assert_eq!(all[..2], [format!("before {tool}"), "task".to_owned()]);
            assert!(all.len() == 3 && all[2].contains(failure), "{all:?}");
        }
        let refused = peer.call("only", json!({})).await;
        assert_eq!(code(&refused), -32600, "{refused}");
    }
}

#[tokio::test]
async fn tools_that_are_hidden_are_no_tasks() {
    for generation in GENERATIONS {
        let hidden = server(&World::new()).visible(|component, _| component.key() != "lasting");
        let mut peer = Peer::of(generation, hidden).await;
        assert_eq!(code(&peer.call("lasting", json!({})).await), -32602);
        let id = peer.start("panics", json!({ "name": "" })).await;
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "");
    }
}

/// Answer with the state.
#[tool(task)]
async fn whose(name: State<&'static str>, cx: &Context) -> String {
    let step = cx.once("step", async || 1).await;
    format!("{} {step}", *name)
}

#[tokio::test]
async fn tasks_of_mounted_tools_have_the_state_of_their_server() {
    for generation in GENERATIONS {
        let inner = Server::new("inner", "1").with::<whose>().state("inner");
        let outer = Server::new("outer", "1").state("outer").mount("in", inner).with::<whose>();
        let mut peer = Peer::of(generation, outer).await;
        for (tool, expected) in [("in_whose", "inner 1"), ("whose", "outer 1")] {
            let id = peer.start(tool, json!({})).await;
            assert_eq!(text(&peer.outcome(&id).await.unwrap()), expected);
        }
    }
}

#[tokio::test]
async fn only_the_generation_that_created_a_task_finds_it() {
    let store = mcp_runtime::Store::memory();
    let world = World::new();
    let mut core = Peer::of(Generation::Core, super::tools::server_on(&store, &world)).await;
    let mut extension =
        Peer::of(Generation::Extension, super::tools::server_on(&store, &world)).await;
    let (one, other) =
        (core.start("lasting", json!({})).await, extension.start("lasting", json!({})).await);
    for (peer, id) in [(&mut core, &other), (&mut extension, &one)] {
        for method in ["tasks/get", "tasks/cancel"] {
            let answer: Value = peer.request(method, json!({ "taskId": id })).await;
            assert_eq!(code(&answer), -32602, "{answer}");
        }
    }
    let listed = core.request("tasks/list", json!({})).await;
    assert_eq!(listed["result"]["tasks"].as_array().unwrap().len(), 1, "{listed}");
    // Another session of the same user sees it.
    let mut second = Peer::of(Generation::Core, super::tools::server_on(&store, &world)).await;
    assert_eq!(text(&second.outcome(&one).await.unwrap()), "lasting");
}
