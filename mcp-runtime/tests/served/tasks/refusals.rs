//! Malformed requests about tasks.

use serde_json::{Value, json};

use super::kit::{GENERATIONS, Generation, Peer, code};
use super::tools::{World, server};

/// Parameters without a usable id, or with one that nothing has.
fn parameters(id: &str) -> Vec<Value> {
    let long = "f".repeat(100_000);
    let deep = (0..50).fold(json!(1), |value, _| json!([value]));
    vec![
        json!({}),
        json!({ "taskId": null }),
        json!({ "taskId": 5 }),
        json!({ "taskId": true }),
        json!({ "taskId": [] }),
        json!({ "taskId": [id] }),
        json!({ "taskId": { "taskId": id } }),
        json!({ "taskId": deep }),
        json!({ "taskId": "" }),
        json!({ "taskId": " " }),
        json!({ "taskId": id.to_uppercase() }),
        json!({ "taskId": format!(" {id}") }),
        json!({ "taskId": format!("{id}\n") }),
        json!({ "taskId": &id[1..] }),
        json!({ "taskId": format!("{id}/call") }),
        json!({ "taskId": "../unfinished" }),
        json!({ "taskId": long }),
        json!({ "taskId": "\u{0}\u{1f600}é" }),
        json!({ "taskid": id }),
        json!({ "TaskId": id }),
        json!({ "task_id": id }),
        json!({ "id": id }),
        json!({ "task": { "taskId": id } }),
        json!({ "taskIds": [id] }),
    ]
}

#[tokio::test]
async fn malformed_ids() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        // The last letter is one, so that upper case is another text.
        let id = loop {
            let id = peer.start("lasting", json!({})).await;
            if id.bytes().any(|byte| byte.is_ascii_lowercase()) {
                break id;
            }
        };
        for method in ["tasks/get", "tasks/cancel", "tasks/result", "tasks/update"] {
            let is_there = match generation {
                Generation::Core => method != "tasks/update",
                Generation::Extension => method != "tasks/result",
            };
            for mut params in parameters(&id) {
                if method == "tasks/update" {
                    params["inputResponses"] = json!({});
                }
                let answer = peer.request(method, params.clone()).await;
                let expected = if is_there { -32602 } else { -32601 };
                assert_eq!(code(&answer), expected, "{method} {params}: {answer}");
                let message = answer["error"]["message"].as_str().unwrap();
                assert!(message.len() < 400, "{message}");
            }
        }
        assert_eq!(peer.until(&id, "completed").await["taskId"], id);
    }
}

#[tokio::test]
async fn malformed_cursors() {
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    peer.start("lasting", json!({})).await;
    let long = "f".repeat(100_000);
    for cursor in [
        json!(5),
        json!(true),
        json!([]),
        json!({}),
        json!(""),
        json!("x"),
        json!("/"),
        json!(long),
    ] {
        let answer = peer.request("tasks/list", json!({ "cursor": cursor })).await;
        assert_eq!(code(&answer), -32602, "{cursor}: {answer}");
    }
    for params in [json!({}), json!({ "cursor": null }), json!({ "Cursor": 5 })] {
        let answer = peer.request("tasks/list", params).await;
        assert_eq!(answer["result"]["tasks"].as_array().unwrap().len(), 1, "{answer}");
    }
}

#[tokio::test]
async fn malformed_requests_for_a_task() {
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    for task in [json!(5), json!(true), json!([]), json!("x")] {
        let call = json!({ "name": "lasting", "task": task });
        assert_eq!(code(&peer.request("tools/call", call).await), -32602, "{task}");
    }
    for ttl in [json!("5"), json!(-1), json!(true), json!([]), json!({})] {
        let call = json!({ "name": "lasting", "task": { "ttl": ttl } });
        let answer = peer.request("tools/call", call).await;
        assert_eq!(code(&answer), -32602, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains("`task.ttl`"), "{answer}");
    }
    // Other members and null are nothing.
    for task in [json!({ "TTL": 5 }), json!({ "ttl": null, "other": [1] })] {
        let call = json!({ "name": "lasting", "task": task });
        let created = peer.request("tools/call", call).await;
        assert_eq!(created["result"]["task"]["ttl"], Value::Null, "{created}");
    }
    let call = json!({ "name": "lasting", "task": null });
    assert!(peer.request("tools/call", call).await["result"]["content"].is_array());
}

#[tokio::test]
async fn malformed_filters() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    for ids in [json!(5), json!("x"), json!([5]), json!({})] {
        let params = json!({ "notifications": { "taskIds": ids } });
        let answer = peer.request("subscriptions/listen", params).await;
        assert_eq!(code(&answer), -32602, "{ids}: {answer}");
    }
    let many: Vec<String> = (0..1001).map(|number| format!("{number:032x}")).collect();
    let params = json!({ "notifications": { "taskIds": many } });
    let answer = peer.request("subscriptions/listen", params).await;
    assert_eq!(code(&answer), -32602, "{answer}");
}

#[tokio::test]
async fn clients_of_the_extension_have_to_declare_it() {
    let mut peer =
        Peer::with(Generation::Extension, server(&World::new()), "", json!({ "elicitation": {} }))
            .await;
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let params = json!({ "taskId": "x", "inputResponses": {} });
        assert_eq!(code(&peer.request(method, params).await), -32021, "{method}");
    }
}

#[tokio::test]
async fn a_server_without_tasks_has_no_methods_for_them() {
    for generation in GENERATIONS {
        let server = mcp_runtime::Server::new("plain", "1").tool(crate::kit::tool("plain"));
        let mut peer = Peer::of(generation, server).await;
        for method in ["tasks/get", "tasks/cancel", "tasks/result", "tasks/update", "tasks/list"] {
            let answer = peer.request(method, json!({ "taskId": "x" })).await;
            assert_eq!(code(&answer), -32601, "{method}: {answer}");
        }
        // It ignores the wish for a task.
        let call = json!({ "name": "plain", "task": { "ttl": 5 } });
        let answer = peer.request("tools/call", call).await;
        assert!(answer["result"]["content"].is_array(), "{answer}");
    }
}
