//! Changes of tasks, as clients receive them.

use serde_json::{Value, json};

use super::kit::{EXTENSION, Generation, Peer, RELATED, accept, code, text};
use super::tools::{World, server};

const UNKNOWN: &str = "00000000000000000000000000000000";

/// Follows tasks, and returns the ids that the server has agreed to.
async fn listen(peer: &mut Peer, ids: &[&str]) -> Value {
    let notifications = json!({ "taskIds": ids });
    peer.begin("subscriptions/listen", json!({ "notifications": notifications })).await;
    let acknowledged = peer.told("notifications/subscriptions/acknowledged").await;
    acknowledged["params"]["notifications"]["taskIds"].clone()
}

async fn change(peer: &mut Peer) -> Value {
    let message = peer.told("notifications/tasks").await;
    message["params"].clone()
}

#[tokio::test]
async fn every_change_of_a_task_is_sent() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let id = peer.start("greets", json!({})).await;
    let (key, question) = peer.question(&id).await;
    assert_eq!(listen(&mut peer, &[&id, UNKNOWN, "x", &id]).await, json!([id]));
    let first = change(&mut peer).await;
    assert_eq!((&first["taskId"], &first["status"]), (&json!(id), &json!("input_required")));
    assert_eq!(first["inputRequests"][&key], question);
    assert!(first["_meta"]["io.modelcontextprotocol/subscriptionId"].is_number(), "{first}");
    peer.update(&id, json!({ key: accept("ann") })).await;
    loop {
        let next = change(&mut peer).await;
        if next["status"] == "completed" {
            assert_eq!(text(&next["result"]), "ann");
            let mut seen = peer.get(&id).await;
            for members in [&mut seen, &mut next.clone()] {
                members.as_object_mut().unwrap().remove("_meta");
            }
            assert_eq!(seen["result"], next["result"]);
            break;
        }
        assert_eq!(next["status"], "working", "{next}");
    }
}

#[tokio::test]
async fn several_tasks_and_their_ends() {
    let world = World::new();
    let mut peer = Peer::of(Generation::Extension, server(&world)).await;
    let ended = peer.start("breaks", json!({})).await;
    peer.until(&ended, "failed").await;
    let waiting = peer.start("work", json!({ "text": "x" })).await;
    let agreed = listen(&mut peer, &[&ended, &waiting]).await;
    assert_eq!(agreed, json!([ended, waiting]));
    let of = |id: &str, status: &str| {
        let (id, status) = (json!(id), json!(status));
        move |message: &Value| {
            message["method"] == "notifications/tasks"
                && message["params"]["taskId"] == id
                && message["params"]["status"] == status
        }
    };
    let failed = peer.next(of(&ended, "failed")).await;
    assert_eq!(failed["params"]["error"]["code"], -32602, "{failed}");
    peer.next(of(&waiting, "working")).await;
    peer.cancel(&waiting).await;
    peer.next(of(&waiting, "cancelled")).await;
}

#[tokio::test]
async fn no_known_task_and_no_extension() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    assert_eq!(listen(&mut peer, &[UNKNOWN]).await, json!([]));
    let mut peer = Peer::with(Generation::Extension, server(&World::new()), "", json!({})).await;
    let params = json!({ "notifications": { "taskIds": [UNKNOWN] } });
    let answer = peer.request("subscriptions/listen", params).await;
    assert_eq!(code(&answer), -32021, "{answer}");
    let required = json!({ "requiredCapabilities": { "extensions": { EXTENSION: {} } } });
    assert_eq!(answer["error"]["data"], required);
}

#[tokio::test]
async fn a_session_receives_changes_and_progress() {
    let world = World::new();
    let mut peer = Peer::of(Generation::Core, server(&world)).await;
    let call = json!({
        "name": "work", "arguments": { "text": "x" }, "task": {}, "_meta": { "progressToken": "p" },
    });
    let created = peer.request("tools/call", call).await;
    let id = created["result"]["task"]["taskId"].as_str().unwrap().to_owned();
    let progress = peer.told("notifications/progress").await;
    let expected = json!({
        "progressToken": "p", "progress": 1, "total": 2, "message": "half",
        "_meta": { RELATED: { "taskId": id } },
    });
    assert_eq!(progress["params"], expected, "{progress}");
    let status = peer.told("notifications/tasks/status").await;
    assert_eq!(status["params"]["statusMessage"], "half", "{status}");
    assert!(status["params"].get("_meta").is_none(), "{status}");
    world.gate.add_permits(1);
    let status = peer.told("notifications/tasks/status").await;
    let params = &status["params"];
    assert_eq!((&params["taskId"], &params["status"]), (&json!(id), &json!("completed")));
    assert!(params.get("ttl").is_some() && params.get("result").is_none(), "{status}");
}

#[tokio::test]
async fn a_session_receives_the_cancellation_of_a_task() {
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    let id = peer.start("work", json!({ "text": "x" })).await;
    peer.until_it(&id, |task| task["statusMessage"] == "half").await;
    peer.cancel(&id).await;
    loop {
        let status = peer.told("notifications/tasks/status").await["params"].clone();
        if status["status"] == "cancelled" {
            return;
        }
        assert_eq!(status["status"], "working", "{status}");
    }
}
