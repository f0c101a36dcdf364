//! What the client sends about tasks, and how it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp_runtime::client::{Client, ClientBuilder, Era, Error, Stream, Task};
use mcp_runtime::protocol::{ElicitAction, ElicitResult, TaskStatus};
use serde_json::{Value, json};

use crate::peer::{Peer, initialized, text, text_of};
use crate::trickle::{HttpServer, Reply};

const EXTENSION: &str = "/params/_meta/io.modelcontextprotocol~1clientCapabilities/extensions/io.modelcontextprotocol~1tasks";

/// An answer to a request.
pub(super) enum Answer {
    Result(Value),
    Refuse(i64),
    Silence,
}

/// State of a task, with further members.
pub(super) fn state(status: &str, more: Value) -> Value {
    let mut state = json!({
        "resultType": "complete", "taskId": "t", "status": status, "createdAt": "2026-01-01T00:00:00Z",
        "lastUpdatedAt": "2026-01-01T00:00:00Z", "ttlMs": null, "pollIntervalMs": 100,
    });
    state.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    state
}

pub(super) fn created() -> Value {
    state("working", json!({ "resultType": "task" }))
}

pub(super) fn completed() -> Value {
    state("completed", json!({ "result": text("done") }))
}

pub(super) fn asking(key: &str, message: &str) -> Value {
    let form =
        json!({ "message": message, "requestedSchema": { "type": "object", "properties": {} } });
    let request = json!({ "method": "elicitation/create", "params": form });
    state("input_required", json!({ "inputRequests": { key: request } }))
}

pub(super) fn agrees(builder: ClientBuilder<Stream>) -> ClientBuilder<Stream> {
    builder.on_form(|_| async { ElicitResult::accept(Default::default()) })
}

/// Answers the requests of a client by a function, until the client has closed.
pub(super) async fn serve(peer: &mut Peer, mut answer: impl FnMut(&Value) -> Answer) {
    loop {
        let asked = peer.receive().await;
        if asked.get("id").is_none() {
            continue;
        }
        match answer(&asked) {
            Answer::Result(result) => peer.answer(&asked, result).await,
            Answer::Refuse(code) => peer.refuse(&asked, code, Value::Null).await,
            Answer::Silence => {}
        }
    }
}

/// Runs a client against a server that does not offer to listen. `answer` gets all but the call and the
/// attempt to listen.
pub(super) async fn polled<T>(
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    mut answer: impl FnMut(&Value) -> Answer,
    ask: impl AsyncFnOnce(Task) -> T,
) -> T {
    let (mut peer, client) = Peer::modern(configure).await;
    let serving = serve(&mut peer, |asked| match asked["method"].as_str() {
        Some("tools/call") => Answer::Result(created()),
        Some("subscriptions/listen") => Answer::Refuse(-32601),
        _ => answer(asked),
    });
    tokio::select! {
        outcome = async { ask(client.call("t", ()).as_task().await.unwrap()).await } => outcome,
        () = serving => unreachable!("the server goes on"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_request_about_a_task_declares_the_extension() {
    let (mut peer, client) = Peer::modern(agrees).await;
    let mut methods = Vec::new();
    let mut gets = 0;
    let serving = serve(&mut peer, |asked| {
        let method = asked["method"].as_str().unwrap().to_owned();
        assert_eq!(asked.pointer(EXTENSION), (method != "prompts/get").then_some(&json!({})));
        if method.starts_with("tasks/") {
            assert_eq!(asked["params"]["taskId"], "t");
        }
        methods.push(method.clone());
        match &*method {
            "tools/call" => Answer::Result(created()),
            "subscriptions/listen" => {
                assert_eq!(asked["params"]["notifications"], json!({ "taskIds": ["t"] }));
                Answer::Refuse(-32601)
            }
            "tasks/get" => {
                gets += 1;
                Answer::Result(if gets < 4 { asking("a", "Sure?") } else { completed() })
            }
            "tasks/update" => {
                let answers = json!({ "a": { "action": "accept", "content": {} } });
                assert_eq!(asked["params"]["inputResponses"], answers);
                Answer::Result(json!({ "resultType": "complete" }))
            }
            "tasks/cancel" => Answer::Result(json!({ "resultType": "complete" })),
            _ => Answer::Result(json!({ "messages": [] })),
        }
    });
    let ask = async {
        let task = client.call("t", ()).as_task().await.unwrap();
        task.cancel().await.unwrap();
        let result = text_of((&task).await);
        client.prompt("p", mcp_runtime::client::NO_ARGUMENTS).await.unwrap();
        result
    };
    let result = tokio::select! {
        result = ask => result,
        () = serving => unreachable!("the server goes on"),
    };
    assert_eq!(result, "done");
    // The question stays open for a while after it was answered, and is answered once.
    let count = |name: &str| methods.iter().filter(|method| *method == name).count();
    assert_eq!((count("tasks/update"), count("tasks/get"), count("tools/call")), (1, 4, 1));
}

#[tokio::test(start_paused = true)]
async fn changes_are_listened_to() {
    let (mut peer, client) = Peer::modern(agrees).await;
    let server = async {
        let called = peer.expect("tools/call").await;
        peer.answer(&called, created()).await;
        let mut listening = Value::Null;
        // The stream and the first request for the state, in either order.
        for _ in 0..2 {
            let asked = peer.receive().await;
            if asked["method"] == "tasks/get" {
                peer.answer(&asked, state("working", json!({ "statusMessage": "1 of 2" }))).await;
            } else {
                listening = asked;
            }
        }
        let of = |mut params: Value| {
            params["_meta"] = json!({ "io.modelcontextprotocol/subscriptionId": listening["id"] });
            params
        };
        let agreed = of(json!({ "notifications": { "taskIds": ["t"] } }));
        peer.notify("notifications/subscriptions/acknowledged", agreed).await;
        let asked = peer.expect("tasks/get").await;
        peer.answer(&asked, state("working", json!({ "statusMessage": "1 of 2" }))).await;
        let other = state("failed", json!({ "taskId": "other" }));
        peer.notify("notifications/tasks", of(other)).await;
        peer.notify("notifications/tasks", of(asking("a", "Sure?"))).await;
        let answered = peer.expect("tasks/update").await;
        peer.answer(&answered, json!({})).await;
        let asked = peer.expect("tasks/get").await;
        peer.answer(&asked, state("working", json!({ "statusMessage": "2 of 2" }))).await;
        peer.notify("notifications/tasks", of(completed())).await;
        // The stream ends with the wait.
        assert_eq!(
            peer.expect("notifications/cancelled").await["params"]["requestId"],
            listening["id"]
        );
    };
    let ask = async {
        let task = client.call("t", ()).as_task().await.unwrap();
        let mut updates = task.updates();
        let mut seen = Vec::new();
        while let Some(state) = updates.next().await {
            let state = state.unwrap();
            seen.push((state.status, state.message.unwrap_or_default()));
        }
        assert_eq!(text_of(task.await), "done");
        seen
    };
    let (seen, ()) = tokio::join!(ask, server);
    let expected = [
        (TaskStatus::Working, "1 of 2"),
        (TaskStatus::InputRequired, ""),
        (TaskStatus::Working, "2 of 2"),
        (TaskStatus::Completed, ""),
    ];
    assert_eq!(seen, expected.map(|(status, message)| (status, message.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_dropped_leaves_its_question_to_the_next() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let mut updates = 0;
    polled(
        move |builder| {
            builder.on_form(move |_| {
                let is_first = count.fetch_add(1, Ordering::SeqCst) == 0;
                async move {
                    if is_first {
                        std::future::pending::<()>().await;
                    }
                    ElicitResult::new(ElicitAction::Decline)
                }
            })
        },
        |request| {
            updates += usize::from(request["method"] == "tasks/update");
            match updates {
                0 => Answer::Result(asking("a", "Sure?")),
                _ => Answer::Result(completed()),
            }
        },
        async |task| {
            // While the user thinks, the time of the caller does not pass.
            let limited = task.clone().timeout(Duration::from_secs(1)).into_future();
            assert!(tokio::time::timeout(Duration::from_secs(5), limited).await.is_err());
            assert_eq!(text_of(task.await), "done");
        },
    )
    .await;
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn what_nothing_answers_is_an_error_of_this_client() {
    let answer = |_: &Value| Answer::Result(asking("a", "Sure?"));
    let outcome = polled(|builder| builder, answer, async |task| task.await).await;
    assert!(matches!(outcome, Err(Error::Handler(_))), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn failures_of_the_server_are_waited_out() {
    for (failures, ends_well) in [(3, true), (100, false)] {
        let (mut gets, mut updates) = (0, 0);
        let answer = |request: &Value| {
            if request["method"] == "tasks/update" {
                updates += 1;
                return if updates <= failures {
                    Answer::Refuse(-32603)
                } else {
                    Answer::Result(json!({}))
                };
            }
            gets += 1;
            match gets {
                _ if updates > failures => Answer::Result(completed()),
                1 if ends_well => Answer::Result(asking("a", "Sure?")),
                2.. if ends_well => Answer::Result(asking("a", "Sure?")),
                _ => Answer::Refuse(-32603),
            }
        };
        let outcome = polled(agrees, answer, async |task| task.await).await;
        match outcome {
            Ok(_) => assert!(ends_well),
            Err(error) => assert!(!ends_well && error.remote().is_some(), "{error:?}"),
        }
        assert!(gets < 100 && updates < 10, "{gets} {updates}");
    }
}

#[tokio::test]
async fn requests_about_a_task_name_it_in_a_header() {
    let server = HttpServer::start(|request| match request.asks() {
        "server/discover" => Reply::result(request, crate::peer::discovered()),
        "tools/call" => Reply::result(request, created()),
        "tasks/get" => Reply::result(request, completed()),
        _ => Reply::status(404),
    })
    .await;
    let client = Client::http(&server.url).connect().await.unwrap();
    let task = client.call("t", ()).as_task().await.unwrap();
    assert_eq!(text_of(task.await), "done");
    let asked = &server.asked("tasks/get")[0];
    assert_eq!(asked.header("mcp-method"), Some("tasks/get"));
    assert_eq!(asked.header("mcp-name"), Some("t"));
}

/// Connects to a server of 2025-11-25 that declares these tasks.
async fn core(
    tasks: Value,
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
) -> (Peer, Client) {
    let (mut peer, builder) = Peer::new();
    let builder = configure(builder.era(Era::Legacy));
    let server = async {
        let asked = peer.expect("initialize").await;
        let mut opened = initialized("2025-11-25");
        if !tasks.is_null() {
            opened["capabilities"]["tasks"] = tasks;
        }
        peer.answer(&asked, opened).await;
        peer.expect("notifications/initialized").await;
    };
    let (client, ()) = tokio::join!(builder.connect(), server);
    (peer, client.unwrap())
}

fn tool(name: &str, support: Value) -> Value {
    json!({ "name": name, "inputSchema": { "type": "object" }, "execution": { "taskSupport": support } })
}

pub(super) fn core_state(status: &str) -> Value {
    json!({
        "taskId": "t", "status": status, "createdAt": "2026-01-01T00:00:00Z",
        "lastUpdatedAt": "2026-01-01T00:00:00Z", "ttl": 60000, "pollInterval": 100,
    })
}

#[tokio::test]
async fn a_session_asks_for_a_task_only_where_it_may() {
    let calls = json!({ "requests": { "tools": { "call": {} } } });
    for (tasks, support, is_listed, expected) in [
        (json!(null), json!("required"), false, json!(null)),
        (json!({}), json!("required"), false, json!(null)),
        (json!({ "requests": {} }), json!("required"), false, json!(null)),
        (json!({ "requests": { "tools": {} } }), json!("forbidden"), true, json!(null)),
        // As the Python SDK declares it.
        (json!({ "requests": { "tools": {} } }), json!("required"), true, json!({ "ttl": 5000 })),
        (calls.clone(), json!("forbidden"), true, json!(null)),
        (calls.clone(), json!(null), true, json!(null)),
        (calls.clone(), json!("optional"), true, json!({ "ttl": 5000 })),
        (calls.clone(), json!("required"), true, json!({ "ttl": 5000 })),
    ] {
        let (mut peer, client) = core(tasks.clone(), |builder| builder).await;
        let server = async {
            if is_listed {
                let listed = peer.expect("tools/list").await;
                let tools = json!([tool("other", json!("required")), tool("t", support.clone())]);
                peer.answer(&listed, json!({ "tools": tools })).await;
            }
            let called = peer.expect("tools/call").await;
            assert_eq!(called["params"]["task"], expected, "{tasks} {support}");
            // A server may answer at once.
            peer.answer(&called, text("done")).await;
        };
        let call = client.call("t", ()).as_task().ttl(Duration::from_secs(5));
        let (task, ()) = tokio::join!(call.into_future(), server);
        let task = task.unwrap();
        assert_eq!(task.id(), None);
        assert_eq!(text_of(task.await), "done");
    }
}

/// Runs a client against a server of 2025-11-25 with one task.
pub(super) async fn core_task<T>(
    tasks: Value,
    configure: impl FnOnce(ClientBuilder<Stream>) -> ClientBuilder<Stream>,
    mut answer: impl FnMut(&Value) -> Answer,
    ask: impl AsyncFnOnce(Task) -> T,
) -> T {
    let (mut peer, client) = core(tasks, configure).await;
    let serving = serve(&mut peer, |asked| match asked["method"].as_str() {
        Some("tools/list") => Answer::Result(json!({ "tools": [tool("t", json!("optional"))] })),
        Some("tools/call") => {
            assert_eq!(asked["params"]["task"], json!({}));
            Answer::Result(json!({ "task": core_state("working") }))
        }
        _ => answer(asked),
    });
    tokio::select! {
        outcome = async { ask(client.call("t", ()).as_task().await.unwrap()).await } => outcome,
        () = serving => unreachable!("the server goes on"),
    }
}

pub(super) fn core_tasks() -> Value {
    json!({ "cancel": {}, "requests": { "tools": { "call": {} } } })
}

/// Outcomes of tasks of 2025-11-25: the states in turn, the answer to `tasks/result` before the end and
/// at the end, and a part of the outcome.
#[tokio::test(start_paused = true)]
async fn a_session_waits_for_the_result() {
    type Answers = fn(bool) -> Answer;
    let table: [(&[&str], Answers, &str); 10] = [
        // As the Python SDK ends tasks without a result.
        (&["working", "cancelled"], |_| Answer::Result(json!({})), "was cancelled"),
        (&["working", "failed"], |_| Answer::Result(json!({ "_meta": {} })), "a task that failed"),
        (&["input_required"], |_| Answer::Result(json!({})), "the result of a call"),
        // As the specification has it: `tasks/result` waits.
        (
            &["working", "working", "completed"],
            |ended| if ended { Answer::Result(text("done")) } else { Answer::Silence },
            "done",
        ),
        // It does not wait.
        (
            &["working", "input_required", "completed"],
            |ended| if ended { Answer::Result(text("done")) } else { Answer::Refuse(-32602) },
            "done",
        ),
        (&["working"], |_| Answer::Result(text("done")), "done"),
        (
            &["working", "failed"],
            |ended| if ended { Answer::Refuse(-32000) } else { Answer::Silence },
            "refused",
        ),
        (&["failed"], |_| Answer::Refuse(-32602), "the server refused"),
        (&["working", "cancelled"], |_| Answer::Silence, "the task `t` was cancelled"),
        (&["completed"], |_| Answer::Silence, "no answer to `tasks/result`"),
    ];
    for (states, result, part) in table {
        let mut gets = 0;
        let mut waiting = 0;
        let answer = |asked: &Value| {
            let ended = |gets: usize| {
                matches!(states[gets.min(states.len()).saturating_sub(1)], "completed" | "failed")
            };
            if asked["method"] == "tasks/result" {
                waiting += 1;
                return result(gets > 0 && ended(gets) && (waiting > 1 || states.len() == 1));
            }
            let state = states[gets.min(states.len() - 1)];
            gets += 1;
            Answer::Result(core_state(state))
        };
        let outcome = core_task(core_tasks(), |it| it, answer, async |task| task.await).await;
        let shown = text_of(outcome);
        assert!(shown.contains(part), "{states:?}: {shown}");
    }
}

#[tokio::test]
async fn a_session_cancels_only_where_it_may() {
    let tasks = json!({ "requests": { "tools": { "call": {} } } });
    let answer = |_: &Value| Answer::Silence;
    let refused = core_task(tasks, |it| it, answer, async |task| task.cancel().await).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("`tasks.cancel`")));
    // A task that has ended is refused, and is as good as cancelled.
    for (status, is_ok) in [("completed", true), ("working", false)] {
        let answer = |asked: &Value| match asked["method"].as_str() {
            Some("tasks/cancel") => Answer::Refuse(-32602),
            _ => Answer::Result(core_state(status)),
        };
        let cancelled = core_task(core_tasks(), |it| it, answer, async |task| task.cancel().await);
        assert_eq!(cancelled.await.is_ok(), is_ok, "{status}");
    }
}

#[tokio::test]
async fn an_answer_names_the_task_of_its_question() {
    let (mut peer, client) = core(core_tasks(), agrees).await;
    let related = json!({ "io.modelcontextprotocol/related-task": { "taskId": "t" } });
    for (meta, expected) in [
        (related.clone(), related.clone()),
        (json!({ "x": 1 }), Value::Null),
        (json!({ "io.modelcontextprotocol/related-task": 7 }), Value::Null),
    ] {
        let mut form = json!({ "message": "Sure?", "requestedSchema": { "type": "object", "properties": {} } });
        form["_meta"] = meta;
        peer.elicit("q", form).await;
        let answer = peer.receive().await;
        assert_eq!(answer["result"]["action"], "accept", "{answer}");
        assert_eq!(answer["result"].get("_meta").unwrap_or(&Value::Null), &expected, "{answer}");
    }
    drop(client);
}
