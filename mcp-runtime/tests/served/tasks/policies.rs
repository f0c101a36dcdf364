//! Access policies of tools that run as tasks.

use mcp_runtime::policy::{AccessRequest, Decision};
use serde_json::json;

use super::kit::{GENERATIONS, Generation, Peer, accept, text};
use super::tools::{World, server};

#[tokio::test]
async fn a_task_that_is_refused_does_not_exist() {
    for generation in GENERATIONS {
        let policy = async |_: AccessRequest| Decision::Deny("no tasks".into());
        let mut peer = Peer::of(generation, server(&World::new()).policy(policy)).await;
        let answer = peer.call("greets", json!({})).await;
        assert_eq!(text(&answer["result"]), "access denied: no tasks", "{answer}");
        assert!(answer["result"]["task"].is_null(), "{answer}");
        assert!(answer["result"]["taskId"].is_null(), "{answer}");
    }
}

#[tokio::test]
async fn the_user_is_asked_before_the_task_exists() {
    let policy = async |_: AccessRequest| Decision::Ask("Allow it?".into());
    let mut peer = Peer::of(Generation::Core, server(&World::new()).policy(policy)).await;
    let params = json!({ "name": "greets", "arguments": {}, "task": {} });
    let call = peer.begin("tools/call", params).await;
    let question = peer.told("elicitation/create").await;
    assert_eq!(question["params"]["message"], "Allow it?");
    peer.reply(&question, json!({ "action": "accept", "content": {} })).await;
    let created = peer.answer(call).await;
    let id = peer.task_of(&created)["taskId"].as_str().unwrap().to_owned();
    peer.until(&id, "input_required").await;
    peer.answer_question(&id, accept("ann")).await;
    peer.until(&id, "completed").await;
    assert_eq!(text(&peer.outcome(&id).await.unwrap()), "ann");

    let policy = async |_: AccessRequest| Decision::Ask("Allow it?".into());
    let mut peer = Peer::of(Generation::Extension, server(&World::new()).policy(policy)).await;
    let asked = peer.call("greets", json!({})).await;
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    let (key, question) =
        asked["result"]["inputRequests"].as_object().unwrap().iter().next().unwrap();
    assert_eq!(question["params"]["message"], "Allow it?");
    let params = json!({
        "name": "greets",
        "arguments": {},
        "requestState": asked["result"]["requestState"],
        "inputResponses": { key: { "action": "accept", "content": {} } },
    });
    let created = peer.request("tools/call", params).await;
    let id = peer.task_of(&created)["taskId"].as_str().unwrap().to_owned();
    let (_, question) = peer.question(&id).await;
    assert_eq!(question["params"]["message"], "Who are you?");
    peer.answer_question(&id, accept("ann")).await;
    peer.until(&id, "completed").await;
    assert_eq!(text(&peer.outcome(&id).await.unwrap()), "ann");
}
