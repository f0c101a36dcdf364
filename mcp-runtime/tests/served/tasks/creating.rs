//! Creation of tasks, and their life to the result.

use serde_json::{Value, json};

use super::kit::{EXTENSION, GENERATIONS, Generation, Peer, RELATED, code, text};
use super::tools::{World, server};
use crate::kit::soon;

#[tokio::test]
async fn a_task_is_created_looked_at_and_ends() {
    for generation in GENERATIONS {
        let world = World::new();
        let mut peer = Peer::of(generation, server(&world)).await;
        let created = peer.call("work", json!({ "text": "done" })).await;
        let task = peer.task_of(&created);
        let (ttl, interval) = match generation {
            Generation::Core => ("ttl", "pollInterval"),
            Generation::Extension => ("ttlMs", "pollIntervalMs"),
        };
        assert_eq!(task["status"], "working", "{created}");
        assert_eq!((&task[ttl], &task[interval]), (&json!(86_400_000), &json!(250)), "{created}");
        for time in ["createdAt", "lastUpdatedAt"] {
            assert!(task[time].as_str().unwrap().ends_with('Z'), "{created}");
        }
        let id = task["taskId"].as_str().unwrap().to_owned();
        assert!(id.len() == 32 && id.bytes().all(|it| it.is_ascii_hexdigit()), "{id}");

        let seen = peer.until_it(&id, |task| task["statusMessage"] == "half").await;
        assert_eq!((&seen["status"], &seen["taskId"]), (&json!("working"), &json!(id)));
        assert!(seen.get("result").is_none() && seen.get("inputRequests").is_none(), "{seen}");
        assert!(seen["_meta"].get(RELATED).is_none(), "{seen}");
        world.gate.add_permits(1);
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "done");
        let ended = peer.until(&id, "completed").await;
        assert_eq!(ended["createdAt"], task["createdAt"]);
        assert!(ended.get("statusMessage").is_none(), "{ended}");
        // The result stays.
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "done");
    }
}

#[tokio::test]
async fn ids_differ() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let one = peer.start("lasting", json!({})).await;
        assert_ne!(one, peer.start("lasting", json!({})).await);
    }
}

#[tokio::test]
async fn clients_without_tasks_get_the_result_of_an_optional_task() {
    let mut extension =
        Peer::with(Generation::Extension, server(&World::new()), "", json!({})).await;
    let mut core = Peer::of(Generation::Core, server(&World::new())).await;
    let capabilities = json!({});
    let mut old =
        Peer::with(Generation::Core, server(&World::new()), "2025-06-18", capabilities).await;
    for peer in [&mut extension, &mut core, &mut old] {
        let answer = peer.request("tools/call", json!({ "name": "lasting" })).await;
        assert_eq!(text(&answer["result"]), "lasting", "{answer}");
        assert!(answer["result"].get("task").is_none());
    }
    // `task` is no member of the older revision.
    let answer = old.request("tools/call", json!({ "name": "plain", "task": 5 })).await;
    assert_eq!(text(&answer["result"]), "plain", "{answer}");
}

#[tokio::test]
async fn clients_without_tasks_are_refused_by_a_required_one() {
    let call = json!({ "name": "only" });
    let mut peer = Peer::with(Generation::Extension, server(&World::new()), "", json!({})).await;
    let answer = peer.request("tools/call", call.clone()).await;
    assert_eq!(code(&answer), -32021, "{answer}");
    let required = json!({ "requiredCapabilities": { "extensions": { EXTENSION: {} } } });
    assert_eq!(answer["error"]["data"], required);
    for (revision, part) in [("2025-11-25", "send `task`"), ("2025-06-18", "does not have")] {
        let server = server(&World::new());
        let mut peer = Peer::with(Generation::Core, server, revision, json!({})).await;
        let answer = peer.request("tools/call", call.clone()).await;
        assert_eq!(code(&answer), -32601, "{answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(part), "{answer}");
    }
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let id = peer.start("only", json!({})).await;
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "only");
    }
}

#[tokio::test]
async fn a_tool_that_never_is_a_task() {
    let mut core = Peer::of(Generation::Core, server(&World::new())).await;
    let answer = core.call("plain", json!({})).await;
    assert_eq!(code(&answer), -32601, "{answer}");
    let mut extension = Peer::of(Generation::Extension, server(&World::new())).await;
    assert_eq!(text(&extension.call("plain", json!({})).await["result"]), "plain");
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_no_task() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        for (tool, arguments) in [
            ("work", json!({})),
            ("work", json!({ "text": "" })),
            ("work", json!({ "text": [1] })),
            ("panics", json!({ "nmae": "x" })),
        ] {
            let answer = peer.call(tool, arguments).await;
            assert_eq!(answer["result"]["isError"], true, "{answer}");
            assert!(answer["result"].get("task").is_none(), "{answer}");
            assert_ne!(answer["result"]["resultType"], "task", "{answer}");
        }
        if generation == Generation::Core {
            let listed = peer.request("tasks/list", json!({})).await;
            assert_eq!(listed["result"]["tasks"], json!([]), "{listed}");
        }
    }
}

#[tokio::test]
async fn times_to_live() {
    let day = 86_400_000_u64;
    for (tool, requested, expected) in [
        ("work", json!({}), json!(day)),
        ("work", json!({ "ttl": 60_000 }), json!(60_000)),
        ("work", json!({ "ttl": 6e4 }), json!(60_000)),
        ("work", json!({ "ttl": null }), json!(day)),
        ("work", json!({ "ttl": 1e300 }), json!(day)),
        ("work", json!({ "ttl": day + 1 }), json!(day)),
        ("lasting", json!({}), Value::Null),
        ("lasting", json!({ "ttl": 5000 }), json!(5000)),
    ] {
        let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
        let call = json!({ "name": tool, "arguments": { "text": "x" }, "task": requested });
        let call = match tool {
            "lasting" => json!({ "name": tool, "task": requested }),
            _ => call,
        };
        let created = peer.request("tools/call", call).await;
        let task = &created["result"]["task"];
        assert_eq!(task["ttl"], expected, "{requested}: {created}");
        let task = peer.get(task["taskId"].as_str().unwrap()).await;
        assert_eq!(task["ttl"], expected, "{task}");
    }
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let created = peer.call("lasting", json!({})).await;
    assert_eq!(created["result"].get("ttlMs"), Some(&Value::Null), "{created}");
}

#[tokio::test]
async fn an_expired_task_is_gone() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let id = peer.start("brief", json!({})).await;
        let gone = soon(async {
            loop {
                let answer = peer.request("tasks/get", json!({ "taskId": id })).await;
                if answer.get("error").is_some() {
                    return answer;
                }
                tokio::task::yield_now().await;
            }
        })
        .await;
        assert_eq!(code(&gone), -32602, "{gone}");
        assert_eq!(code(&peer.cancel(&id).await), -32602);
        if generation == Generation::Core {
            assert_eq!(peer.outcome(&id).await.unwrap_err()["code"], -32602);
            let listed = peer.request("tasks/list", json!({})).await;
            assert_eq!(listed["result"]["tasks"], json!([]), "{listed}");
        }
    }
}

#[tokio::test]
async fn a_list_has_the_tasks_of_its_generation_on_pages() {
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    let mut expected = Vec::new();
    for _ in 0..230 {
        expected.push(peer.start("lasting", json!({})).await);
    }
    let (mut found, mut pages, mut params) = (Vec::new(), 0, json!({}));
    loop {
        let listed = peer.request("tasks/list", params).await;
        pages += 1;
        for task in listed["result"]["tasks"].as_array().unwrap() {
            assert!(task.get("ttl").is_some() && task["status"].is_string(), "{task}");
            found.push(task["taskId"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = listed["result"].get("nextCursor") else { break };
        params = json!({ "cursor": cursor });
    }
    assert_eq!(pages, 3);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let mut extension = Peer::of(Generation::Extension, server(&World::new())).await;
    assert_eq!(code(&extension.request("tasks/list", json!({})).await), -32601);
    assert_eq!(code(&extension.request("tasks/result", json!({ "taskId": "x" })).await), -32601);
    assert_eq!(code(&peer.request("tasks/update", json!({ "taskId": "x" })).await), -32601);
}

#[tokio::test]
async fn support_is_declared() {
    for (revision, support) in
        [("2025-11-25", json!({ "taskSupport": "optional" })), ("2025-06-18", Value::Null)]
    {
        let server = server(&World::new());
        let mut peer = Peer::with(Generation::Core, server, revision, json!({})).await;
        let listed = peer.request("tools/list", json!({})).await;
        let tools = listed["result"]["tools"].as_array().unwrap();
        let of = |name: &str| &tools.iter().find(|tool| tool["name"] == name).unwrap()["execution"];
        assert_eq!(*of("work"), support);
        assert_eq!(*of("plain"), Value::Null);
        if revision == "2025-11-25" {
            assert_eq!(*of("only"), json!({ "taskSupport": "required" }));
        }
    }
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let discovered = peer.request("server/discover", json!({})).await;
    let extensions = &discovered["result"]["capabilities"]["extensions"];
    assert_eq!(extensions[EXTENSION], json!({}), "{discovered}");
}

#[tokio::test]
async fn the_oldest_tasks_that_have_ended_make_room() {
    let world = World::new();
    let mut peer = Peer::of(Generation::Extension, server(&world)).await;
    let running = peer.start("work", json!({ "text": "x" })).await;
    let ended = peer.start("only", json!({})).await;
    peer.until(&ended, "completed").await;
    for _ in 2..1000 {
        peer.start("only", json!({})).await;
    }
    let last = peer.start("only", json!({})).await;
    peer.until(&last, "completed").await;
    assert_eq!(peer.get(&running).await["status"], "working");
    let forgotten = peer.request("tasks/get", json!({ "taskId": ended })).await;
    assert_eq!(code(&forgotten), -32602, "{forgotten}");
}
