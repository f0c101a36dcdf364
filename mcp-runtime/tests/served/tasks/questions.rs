//! Questions of tasks.

use serde_json::json;

use super::kit::{GENERATIONS, Generation, Peer, RELATED, accept, code, text};
use super::tools::{World, server};

#[tokio::test]
async fn a_question_is_answered() {
    for generation in GENERATIONS {
        for (answer, expected) in [
            (accept("ann"), "ann"),
            (json!({ "action": "decline" }), "declined"),
            (json!({ "action": "cancel" }), "cancelled"),
        ] {
            let mut peer = Peer::of(generation, server(&World::new())).await;
            let id = peer.start("greets", json!({})).await;
            peer.until(&id, "input_required").await;
            peer.answer_question(&id, answer).await;
            let task = peer.until(&id, "completed").await;
            assert!(task.get("inputRequests").is_none(), "{task}");
            assert_eq!(text(&peer.outcome(&id).await.unwrap()), expected);
        }
    }
}

#[tokio::test]
async fn an_open_question_is_shown_as_often_as_it_is_looked_at() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let id = peer.start("greets", json!({})).await;
    let (key, question) = peer.question(&id).await;
    assert_eq!(question["method"], "elicitation/create");
    assert_eq!(question["params"]["message"], "Who are you?");
    assert_eq!(question["params"]["requestedSchema"]["required"], json!(["name"]));
    assert_eq!(peer.question(&id).await, (key, question));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_asked_for_again() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let id = peer.start("greets", json!({})).await;
        peer.until(&id, "input_required").await;
        for wrong in [json!({ "action": "accept" }), accept("a"), accept("")] {
            match generation {
                Generation::Core => {
                    peer.answer_question(&id, wrong).await;
                }
                Generation::Extension => {
                    let (key, _) = peer.question(&id).await;
                    peer.update(&id, json!({ &key: wrong })).await;
                    let other = |task: &serde_json::Value| {
                        let open = task["inputRequests"].as_object();
                        open.is_some_and(|open| !open.contains_key(&key))
                    };
                    let task = peer.until_it(&id, other).await;
                    let text = task["inputRequests"].to_string();
                    assert!(text.contains("Who are you?") && text.contains("`name`"), "{task}");
                }
            }
        }
        if generation == Generation::Core {
            let question = peer.told("elicitation/create").await;
            let message = question["params"]["message"].as_str().unwrap();
            assert!(message.starts_with("Who are you?") && message.contains("`name`"), "{message}");
            peer.reply(&question, accept("ann")).await;
        } else {
            peer.answer_question(&id, accept("ann")).await;
        }
        assert_eq!(peer.until(&id, "completed").await["status"], "completed");
        assert_eq!(text(&peer.outcome(&id).await.unwrap()), "ann");
    }
}

#[tokio::test]
async fn an_answer_that_never_fits_ends_the_question() {
    for generation in GENERATIONS {
        let mut peer = Peer::of(generation, server(&World::new())).await;
        let id = peer.start("greets", json!({})).await;
        peer.until(&id, "input_required").await;
        let mut keys = Vec::new();
        for _ in 0..6 {
            keys.push(peer.answer_question(&id, accept("a")).await);
            if generation == Generation::Extension {
                let last = keys[keys.len() - 1].clone();
                let over = |task: &serde_json::Value| task["inputRequests"].get(&last).is_none();
                peer.until_it(&id, over).await;
            }
        }
        if generation == Generation::Extension {
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), 6, "no key is used twice: {keys:?}");
        }
        peer.until_it(&id, |task| task["status"] == "completed" || task["status"] == "failed")
            .await;
        let result = peer.outcome(&id).await.unwrap();
        assert!(text(&result).starts_with("the client's answer does not fit"), "{result}");
    }
}

#[tokio::test]
async fn answers_come_in_parts() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let id = peer.start("pairs", json!({})).await;
    let open = peer.questions(&id, 2).await;
    let key = |message: &str| {
        let asks =
            |(_, question): &&(String, serde_json::Value)| question["params"]["message"] == message;
        open.iter().find(asks).unwrap().0.clone()
    };
    let (one, other) = (key("One?"), key("Other?"));
    // Unknown keys are ignored, beside others and alone.
    let answers = json!({ &one: accept("ann"), "unknown": { "action": "accept" }, "": 5 });
    assert_eq!(peer.update(&id, answers).await["result"]["resultType"], "complete");
    assert_eq!(peer.question(&id).await.0, other);
    for ignored in [json!({ "unknown": accept("x") }), json!({ &one: accept("zoe") }), json!({})] {
        assert_eq!(peer.update(&id, ignored).await["result"]["resultType"], "complete");
        assert_eq!(peer.question(&id).await.0, other);
    }
    // The first of two answers counts.
    peer.begin_update(&id, json!({ &other: accept("bob") })).await;
    peer.begin_update(&id, json!({ &other: accept("eve") })).await;
    assert_eq!(text(&peer.until(&id, "completed").await["result"]), "ann and bob");
}

#[tokio::test]
async fn an_answered_question_is_not_shown_again() {
    // The next look may come before the task has read the answer.
    for _ in 0..20 {
        let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
        let id = peer.start("pairs", json!({})).await;
        let open = peer.questions(&id, 2).await;
        let [(one, _), (other, _)] = &open[..] else { panic!("{open:?}") };
        peer.update(&id, json!({ one: accept("ann") })).await;
        let task = peer.get(&id).await;
        assert_eq!(task["status"], "input_required", "{task}");
        assert!(task["inputRequests"].get(one).is_none(), "{task}");
        peer.update(&id, json!({ other: accept("bob") })).await;
        let task = peer.get(&id).await;
        assert_ne!(task["status"], "input_required", "{task}");
        assert!(task.get("inputRequests").is_none(), "{task}");
        peer.until(&id, "completed").await;
    }
}

#[tokio::test]
async fn malformed_answers_change_nothing() {
    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let id = peer.start("greets", json!({})).await;
    let (key, _) = peer.question(&id).await;
    for responses in [json!([]), json!(5), json!("x"), json!(null), json!({ &key: 5 })] {
        let answer = peer.update(&id, responses.clone()).await;
        assert_eq!(code(&answer), -32602, "{responses}: {answer}");
        assert_eq!(peer.question(&id).await.0, key);
    }
    let answer = peer.request("tasks/update", json!({ "taskId": id })).await;
    assert_eq!(code(&answer), -32602, "{answer}");
}

#[tokio::test]
async fn questions_of_a_session_are_sent_once() {
    // They come when the client looks, and not again with the result.
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    let id = peer.start("pairs", json!({})).await;
    peer.until(&id, "input_required").await;
    let one = peer.told("elicitation/create").await;
    let waiting = peer.begin("tasks/result", json!({ "taskId": id })).await;
    let other = peer.told("elicitation/create").await;
    assert_ne!(one["params"]["message"], other["params"]["message"]);
    for question in [&one, &other] {
        assert_eq!(question["params"]["_meta"][RELATED], json!({ "taskId": id }));
        let name = question["params"]["message"].as_str().unwrap().trim_end_matches('?');
        peer.reply(question, accept(name)).await;
    }
    let answer = peer.answer(waiting).await;
    assert_eq!(text(&answer["result"]), "One and Other");
    assert!(!peer.has_received("elicitation/create"));
}

#[tokio::test]
async fn a_refused_question_is_an_error_of_the_body() {
    let mut peer = Peer::of(Generation::Core, server(&World::new())).await;
    let id = peer.start("greets", json!({})).await;
    peer.until(&id, "input_required").await;
    let question = peer.told("elicitation/create").await;
    peer.refuse(&question, "not today").await;
    let result = peer.outcome(&id).await.unwrap();
    assert!(text(&result).starts_with("the client refused the question: "), "{result}");
    assert!(text(&result).contains("not today"), "{result}");
}

#[tokio::test]
async fn a_client_that_cannot_be_asked() {
    for generation in GENERATIONS {
        let capabilities = json!({ "extensions": { super::kit::EXTENSION: {} } });
        let server = server(&World::new());
        let mut peer = Peer::with(generation, server, "2025-11-25", capabilities).await;
        let id = peer.start("greets", json!({})).await;
        match generation {
            Generation::Core => {
                let result = peer.outcome(&id).await.unwrap();
                assert!(text(&result).contains("`elicitation`"), "{result}");
            }
            Generation::Extension => {
                assert_eq!(peer.outcome(&id).await.unwrap_err()["code"], -32021);
            }
        }
    }
}

#[tokio::test]
async fn asked_parameters_are_asked_before_the_task_exists() {
    let world = World::new();
    let mut core = Peer::of(Generation::Core, server(&world)).await;
    let params = json!({ "name": "asked", "task": {} });
    let call = core.begin("tools/call", params).await;
    let question = core.told("elicitation/create").await;
    assert_eq!(question["params"]["message"], "Your name?");
    assert!(question["params"]["_meta"].get(RELATED).is_none(), "{question}");
    core.reply(&question, accept("ann")).await;
    let created = core.answer(call).await;
    let id = created["result"]["task"]["taskId"].as_str().unwrap().to_owned();
    assert_eq!(text(&core.outcome(&id).await.unwrap()), "ann 1");

    let mut peer = Peer::of(Generation::Extension, server(&World::new())).await;
    let asking = peer.call("asked", json!({})).await["result"].clone();
    assert_eq!(asking["resultType"], "input_required", "{asking}");
    let key = asking["inputRequests"].as_object().unwrap().keys().next().unwrap().clone();
    let call = json!({
        "name": "asked",
        "arguments": {},
        "inputResponses": { key: accept("bob") },
        "requestState": asking["requestState"],
    });
    let created = peer.request("tools/call", call).await;
    let id = peer.task_of(&created)["taskId"].as_str().unwrap().to_owned();
    assert_eq!(text(&peer.until(&id, "completed").await["result"]), "bob 1");
}
