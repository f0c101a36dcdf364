//! Servers whose tasks are not as the protocol demands: one clear error, and no endless work.

use std::time::Duration;

use mcp_runtime::client::{Error, NO_ARGUMENTS};
use serde_json::{Value, json};

use super::scripted::{
    Answer, agrees, asking, completed, core_state, core_task, core_tasks, created, polled, serve,
    state,
};
use crate::peer::{Peer, text, text_of};

/// Results of the call that are no tasks, and a part of the error.
#[tokio::test(start_paused = true)]
async fn a_result_that_names_no_task_is_an_error() {
    for (result, part) in [
        (json!({ "resultType": "task" }), "`taskId`"),
        (json!({ "resultType": "task", "taskId": "", "status": "working" }), "`taskId`"),
        (json!({ "resultType": "task", "taskId": "t" }), "`status`"),
        (json!({ "resultType": "task", "taskId": "t", "status": "asleep" }), "asleep"),
        (json!({ "resultType": "task", "taskId": "x".repeat(5000), "status": "working" }), "4 KiB"),
        (json!({ "resultType": "dream" }), "\"dream\""),
        (
            json!({ "resultType": "task", "task": { "taskId": "t", "status": "working" } }),
            "`taskId`",
        ),
        (json!({ "task": { "taskId": "t", "status": "working" } }), "as_task()"),
        (json!([]), "a result is an object"),
    ] {
        let (mut peer, client) = Peer::modern(|builder| builder).await;
        let server = async {
            let asked = peer.expect("tools/call").await;
            peer.answer(&asked, result.clone()).await;
        };
        let ask = async { client.call("t", ()).as_task().await?.await };
        let (outcome, ()) = tokio::join!(ask, server);
        let shown = text_of(outcome);
        assert!(shown.contains(part) && shown.contains("expected"), "{result}: {shown}");
    }
}

#[tokio::test]
async fn tasks_that_nothing_declared_are_errors() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let serving = serve(&mut peer, |_| Answer::Result(created()));
    let ask = async {
        let errors = [
            client.call("t", ()).await.unwrap_err(),
            client.call_as::<()>("t", ()).await.unwrap_err(),
            client.call("t", ()).by_hand().await.unwrap_err(),
            client.read("a:b").await.unwrap_err(),
            client.prompt("p", NO_ARGUMENTS).await.unwrap_err(),
        ];
        for error in errors {
            let shown = error.to_string();
            let parts = ["io.modelcontextprotocol/tasks", "got a task", "as_task()"];
            assert!(parts.iter().all(|part| shown.contains(part)), "{shown}");
        }
    };
    tokio::select! {
        () = ask => {}
        () = serving => unreachable!("the server goes on"),
    }
    let (mut peer, client) = Peer::legacy(|builder| builder).await;
    let task = json!({ "task": { "taskId": "t", "status": "working" } });
    let serving = serve(&mut peer, |_| Answer::Result(task.clone()));
    let error = tokio::select! {
        outcome = client.call("t", ()).into_future() => outcome.unwrap_err().to_string(),
        () = serving => unreachable!("the server goes on"),
    };
    assert!(error.contains("got a task") && error.contains("as_task()"), "{error}");
}

/// Runs a task whose states come in turn, the last one again and again. Returns the outcome as a text.
async fn outcome_of(states: &[Value], limit: Duration) -> String {
    let mut gets = 0;
    let answer = |asked: &Value| {
        if asked["method"] == "tasks/update" {
            return Answer::Result(json!({}));
        }
        gets += 1;
        Answer::Result(states[(gets - 1).min(states.len() - 1)].clone())
    };
    let outcome = polled(agrees, answer, async |task| task.timeout(limit).await).await;
    text_of(outcome)
}

#[tokio::test(start_paused = true)]
async fn states_that_are_wrong_are_errors() {
    let changed = |status: &str, more: Value| vec![state(status, more)];
    let many: serde_json::Map<String, Value> = (0..1001)
        .map(|index| {
            let asked = asking("a", "Sure?")["inputRequests"]["a"].clone();
            (index.to_string(), asked)
        })
        .collect();
    let table = [
        (vec![json!({})], "`taskId`"),
        (vec![json!([])], "`taskId`"),
        (changed("working", json!({ "taskId": "other" })), "`other`"),
        (changed("working", json!({ "taskId": null })), "`taskId`"),
        (changed("dreaming", json!({})), "dreaming"),
        (changed("completed", json!({})), "`result`"),
        (changed("completed", json!({ "result": "done" })), "`result`"),
        (changed("completed", json!({ "result": { "content": 7 } })), "content"),
        (changed("completed", json!({ "result": created() })), "got a task"),
        (
            changed(
                "completed",
                json!({ "result": { "resultType": "input_required", "requestState": "s" } }),
            ),
            "got questions",
        ),
        (changed("failed", json!({})), "`error`"),
        (changed("failed", json!({ "error": { "message": 7 } })), "`code` and `message`"),
        (changed("input_required", json!({})), "`inputRequests`"),
        (changed("input_required", json!({ "inputRequests": null })), "`inputRequests`"),
        (changed("input_required", json!({ "inputRequests": { "a": 7 } })), "question"),
        (
            changed(
                "input_required",
                json!({ "inputRequests": { "a": { "method": "tools/call" } } }),
            ),
            "expected",
        ),
        (changed("input_required", json!({ "inputRequests": many })), "at most 1000"),
        (vec![asking("a", "Sure?"), asking("a", "Really?")], "a new key"),
        (changed("working", json!({})), "no answer to `tools/call` within"),
        (changed("input_required", json!({ "inputRequests": {} })), "no answer to `tools/call`"),
    ];
    for (states, part) in table {
        let shown = outcome_of(&states, Duration::from_secs(60)).await;
        assert!(shown.contains(part), "{states:?}: {shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn odd_states_of_a_task_that_ends_well_do_no_harm() {
    let reordered = json!({ "inputRequests": { "a": {
        "params": {
            "_meta": { "x": 1 }, "requestedSchema": { "properties": {}, "type": "object" }, "message": "Sure?",
        },
        "method": "elicitation/create",
    } } });
    for states in [
        vec![state("input_required", json!({ "inputRequests": {} })), completed()],
        vec![asking("a", "Sure?"), state("input_required", reordered), completed()],
        vec![state("working", json!({ "pollIntervalMs": 0 })), completed()],
        vec![state("working", json!({ "pollIntervalMs": -1 })), completed()],
        vec![state("working", json!({ "pollIntervalMs": "soon", "ttlMs": "long" })), completed()],
        // An hour at most, which the time of the caller includes.
        vec![state("working", json!({ "pollIntervalMs": 3_000_000 })), completed()],
        vec![
            state("working", json!({ "createdAt": 7, "lastUpdatedAt": null, "statusMessage": [] })),
            completed(),
        ],
        vec![json!({ "taskId": "t", "status": "working" }), completed()],
        vec![
            state("working", json!({ "result": 7, "error": [], "inputRequests": "all" })),
            completed(),
        ],
        vec![completed(), state("working", json!({}))],
    ] {
        assert_eq!(outcome_of(&states, Duration::from_secs(3600)).await, "done", "{states:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_task_without_end_is_asked_about_seldom_enough() {
    let mut gets = 0;
    let answer = |_: &Value| {
        gets += 1;
        Answer::Result(state("working", json!({ "pollIntervalMs": 0 })))
    };
    let wait = async |task: mcp_runtime::client::Task| task.timeout(Duration::from_secs(10)).await;
    let outcome = polled(agrees, answer, wait).await;
    assert!(matches!(outcome, Err(Error::Timeout { .. })), "{outcome:?}");
    assert!((10..=250).contains(&gets), "{gets}");
}

#[tokio::test(start_paused = true)]
async fn questions_without_end_are_an_error() {
    let mut gets = 0;
    let answer = |asked: &Value| {
        if asked["method"] == "tasks/update" {
            return Answer::Result(json!({}));
        }
        gets += 1;
        Answer::Result(asking(&gets.to_string(), "Sure?"))
    };
    let configure = |builder| agrees(builder).max_rounds(3);
    let outcome = polled(configure, answer, async |task| task.await).await;
    assert!(matches!(outcome, Err(Error::TooManyRounds { answered: 3, .. })), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_refused_are_an_error() {
    let answer = |asked: &Value| match asked["method"].as_str() {
        Some("tasks/update") => Answer::Refuse(-32602),
        _ => Answer::Result(asking("a", "Sure?")),
    };
    let outcome = polled(agrees, answer, async |task| task.await).await;
    assert!(outcome.is_err_and(|error| error.remote().is_some()));
    // The task may have ended meanwhile.
    let mut is_answered = false;
    let answer = |asked: &Value| match asked["method"].as_str() {
        Some("tasks/update") => {
            is_answered = true;
            Answer::Refuse(-32602)
        }
        _ if is_answered => Answer::Result(completed()),
        _ => Answer::Result(asking("a", "Sure?")),
    };
    assert_eq!(text_of(polled(agrees, answer, async |task| task.await).await), "done");
}

#[tokio::test(start_paused = true)]
async fn the_output_is_validated_as_that_of_a_call() {
    let (mut peer, client) = Peer::modern(|builder| builder).await;
    let tool = json!({
        "name": "t", "inputSchema": { "type": "object" },
        "outputSchema": { "type": "object", "required": ["sum"] },
    });
    let serving = serve(&mut peer, |asked| match asked["method"].as_str() {
        Some("tools/list") => Answer::Result(json!({ "tools": [tool] })),
        Some("tools/call") => Answer::Result(created()),
        Some("tasks/get") => {
            let mut result = text("done");
            result["structuredContent"] = json!({});
            Answer::Result(state("completed", json!({ "result": result })))
        }
        _ => Answer::Refuse(-32601),
    });
    let ask = async {
        client.tools().all().await.unwrap();
        client.call("t", ()).as_task().await.unwrap().await
    };
    let outcome = tokio::select! {
        outcome = ask => outcome,
        () = serving => unreachable!("the server goes on"),
    };
    // Only with the feature `validate`.
    if let Err(error) = outcome {
        assert!(matches!(error, Error::InvalidOutput { .. }), "{error:?}");
    }
}

/// States and results of a task of 2025-11-25, and a part of the error.
#[tokio::test(start_paused = true)]
async fn tasks_of_a_session_that_are_wrong_are_errors() {
    let changed = |key: &str, value: Value| {
        let mut state = core_state("working");
        state[key] = value;
        state
    };
    let waits = || Answer::Silence;
    type Result = fn() -> Answer;
    let table: [(Value, Result, &str); 9] = [
        (json!({}), waits, "`taskId`"),
        (changed("taskId", json!("other")), waits, "`other`"),
        (changed("status", json!("dreaming")), waits, "dreaming"),
        (core_state("working"), waits, "no answer to `tools/call` within"),
        (core_state("input_required"), waits, "no answer to `tools/call` within"),
        (core_state("completed"), || Answer::Result(json!([])), "a result is an object"),
        (core_state("completed"), || Answer::Result(json!({ "content": 7 })), "content"),
        (
            core_state("completed"),
            || Answer::Result(json!({ "task": { "taskId": "t", "status": "working" } })),
            "got a task",
        ),
        // A server that never lets `tasks/result` wait, and does not end the task.
        (core_state("input_required"), || Answer::Refuse(-32602), "the server refused"),
    ];
    for (state, result, part) in table {
        let mut requests = 0;
        let answer = |asked: &Value| {
            requests += 1;
            match asked["method"].as_str() {
                Some("tasks/result") => result(),
                _ => Answer::Result(state.clone()),
            }
        };
        let wait =
            async |task: mcp_runtime::client::Task| task.timeout(Duration::from_secs(60)).await;
        let shown = text_of(core_task(core_tasks(), agrees, answer, wait).await);
        assert!(shown.contains(part), "{state}: {shown}");
        assert!(requests < 700, "{state}: {requests} requests");
    }
}
