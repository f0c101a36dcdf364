//! Cancellation of tasks.

use serde_json::json;

use super::kit::{GENERATIONS, Generation, Peer, accept, code};
use super::tools::{World, server};
use crate::kit::soon;

#[tokio::test]
async fn a_working_and_a_waiting_task_are_cancelled() {
    for generation in GENERATIONS {
        for (tool, arguments, status) in
            [("work", json!({ "text": "x" }), "working"), ("greets", json!({}), "input_required")]
        {
            let world = World::new();
            let mut peer = Peer::of(generation, server(&world)).await;
            let id = peer.start(tool, arguments).await;
            peer.until(&id, status).await;
            let answer = peer.cancel(&id).await;
            match generation {
                Generation::Core => assert_eq!(answer["result"]["status"], "cancelled"),
                Generation::Extension => assert!(answer["result"].get("status").is_none()),
            }
            let task = peer.get(&id).await;
            assert_eq!(task["status"], "cancelled", "{task}");
            assert!(task.get("inputRequests").is_none(), "{task}");
            if generation == Generation::Core {
                // A question that was sent is withdrawn.
                if status == "input_required" {
                    let question = peer.told("elicitation/create").await;
                    let cancelled = peer.told("notifications/cancelled").await;
                    assert_eq!(cancelled["params"]["requestId"], question["id"]);
                }
                assert_eq!(peer.outcome(&id).await.unwrap_err()["code"], -32603);
            }
            // It stays cancelled.
            world.gate.add_permits(1);
            assert_eq!(peer.get(&id).await["status"], "cancelled");
        }
    }
}

#[tokio::test]
async fn a_task_that_has_ended_is_not_cancelled() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        for tool in ["lasting", "breaks", "greets"] {
            let id = peer.start(tool, json!({})).await;
            let status = match tool {
                "lasting" => "completed",
                "breaks" => "failed",
                _ => {
                    peer.cancel(&id).await;
                    "cancelled"
                }
            };
            peer.until(&id, status).await;
            let answer = peer.cancel(&id).await;
            match generation {
                Generation::Core => assert_eq!(code(&answer), -32602, "{answer}"),
                Generation::Extension => assert_eq!(answer["result"]["resultType"], "complete"),
            }
            assert_eq!(peer.get(&id).await["status"], status);
        }
    }
}

#[tokio::test]
async fn a_cooperative_tool_is_notified() {
    for generation in GENERATIONS {
        let world = World::new();
        let mut peer = Peer::of(generation, server(&world)).await;
        let id = peer.start("stops", json!({})).await;
        soon(world.started.acquire()).await.unwrap().forget();
        peer.cancel(&id).await;
        soon(world.stopped.acquire()).await.unwrap().forget();
        assert_eq!(peer.get(&id).await["status"], "cancelled");
    }
}

#[tokio::test]
async fn an_answer_after_the_end_is_ignored() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let id = peer.start("greets", json!({})).await;
    let (key, _) = peer.question(&id).await;
    peer.cancel(&id).await;
    let answer = peer.update(&id, json!({ key: accept("ann") })).await;
    assert_eq!(answer["result"]["resultType"], "complete", "{answer}");
    assert_eq!(peer.get(&id).await["status"], "cancelled");
}

#[tokio::test]
async fn waiting_for_the_result_ends_with_the_task() {
    let world = World::new();
    let mut peer = Peer::of(Generation::Core, server(&world)).await;
    let id = peer.start("work", json!({ "text": "x" })).await;
    let waiting = peer.begin("tasks/result", json!({ "taskId": id })).await;
    peer.cancel(&id).await;
    assert_eq!(code(&peer.answer(waiting).await), -32603);
    // A cancelled request for the result does not cancel the task.
    let id = peer.start("work", json!({ "text": "x" })).await;
    let waiting = peer.begin("tasks/result", json!({ "taskId": id })).await;
    peer.cancel_request(waiting).await;
    assert_eq!(peer.get(&id).await["status"], "working");
}
