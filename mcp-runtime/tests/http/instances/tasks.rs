//! Tasks of clients in sessions, wherever they run.

use serde_json::{Value, json};

use super::on_both;
use super::pair::{Pair, able, get};
use crate::client::{Draft, events, next, soon};
use crate::tasks::modern;

on_both! {
    a_session_gets_the_status_of_its_tasks,
    an_answered_question_is_not_shown_again,
}

async fn a_session_gets_the_status_of_its_tasks(Pair { a, b, .. }: Pair) {
    for (creator, other) in [(&a, &b), (&b, &a)] {
        let session = able(&a.service).await;
        let mut own = get(&session, None).begin(&b.service).await.into_body();
        let params = json!({ "name": "greet_later", "task": {} });
        let call = Draft::in_session(&session, 1, "tools/call", params);
        let id = call.send(&creator.service).await.json()["result"]["task"]["taskId"].clone();
        let mut until = async |status: &str| {
            let is_status = |event: &Value| {
                event["method"] == "notifications/tasks/status"
                    && event["params"]["taskId"] == id
                    && event["params"]["status"] == status
            };
            let seen = async {
                while let Some(text) = next(&mut own).await {
                    if events(&text).iter().any(is_status) {
                        return true;
                    }
                }
                false
            };
            assert!(soon(seen).await, "no {status}");
        };
        until("input_required").await;
        let cancel = Draft::in_session(&session, 2, "tasks/cancel", json!({ "taskId": id }));
        let cancelled = cancel.send(&other.service).await.json();
        assert_eq!(cancelled["result"]["status"], "cancelled", "{cancelled}");
        until("cancelled").await;
    }
}

async fn an_answered_question_is_not_shown_again(Pair { a, b, .. }: Pair) {
    for (creator, other) in [(&a, &b), (&b, &a)] {
        let call =
            modern("tools/call", json!({ "name": "greet_later" })).with("mcp-name", "greet_later");
        let id = call.send(&creator.service).await.json()["result"]["taskId"].clone();
        let get = modern("tasks/get", json!({ "taskId": id }));
        let look = async || get.send(&other.service).await.json()["result"].clone();
        let key = soon(async {
            loop {
                let task = look().await;
                if let Some(requests) = task["inputRequests"].as_object() {
                    return requests.keys().next().unwrap().clone();
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        let answer = json!({ "action": "accept", "content": { "name": "Ann" } });
        let update = json!({ "taskId": id, "inputResponses": { key: answer } });
        let updated = modern("tasks/update", update).send(&other.service).await.json();
        assert!(updated.get("error").is_none(), "{updated}");
        // The instance that runs the task may not have read the answer yet.
        let task = look().await;
        assert!(task["status"] == "working" || task["status"] == "completed", "{task}");
        assert!(task.get("inputRequests").is_none(), "{task}");
    }
}
