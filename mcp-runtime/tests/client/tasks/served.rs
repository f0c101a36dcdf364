//! Tasks of a server of this crate, in both generations, over a pipe and over HTTP.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::Store;
use mcp_runtime::client::{Client, Era, Error, Task};
use mcp_runtime::gateway::Proxy;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::TaskStatus;
use serde_json::{Value, json};

use super::server::{Answers, KINDS, Via, connect, connect_to, gate, serve, server, soon};

async fn start(client: &Client, tool: &str, arguments: Value) -> Task {
    soon(client.call(tool, arguments).as_task()).await.unwrap()
}

#[tokio::test]
async fn a_task_is_awaited_like_a_call() {
    for kind in KINDS {
        let client = connect(kind).await;
        let task = start(&client, "add", json!({ "a": 2, "b": 3 })).await;
        assert!(task.id().is_some_and(|id| id.len() > 16), "{kind:?}: {task:?}");
        assert_eq!(task.tool(), "add");
        let result = soon(&task).await.unwrap();
        assert_eq!(result.structured_content.unwrap().get(), r#"{"sum":5}"#, "{kind:?}");
        // The result can be had again, and in other forms.
        let sum: Value = soon(task.result_as()).await.unwrap();
        assert_eq!(sum, json!({ "sum": 5 }));
        assert_eq!(soon(task.status()).await.unwrap().status, TaskStatus::Completed);
        soon(task.cancel()).await.unwrap();
        assert!(soon(task).await.is_ok());
    }
}

#[tokio::test]
async fn tools_that_are_no_tasks_answer_at_once() {
    for kind in KINDS {
        let client = connect(kind).await;
        let task = start(&client, "never_a_task", json!({ "a": 7 })).await;
        assert_eq!((task.id(), task.reference()), (None, None), "{kind:?}");
        assert_eq!(soon(task.status()).await.unwrap().status, TaskStatus::Completed);
        soon(task.cancel()).await.unwrap();
        let mut updates = task.updates();
        assert_eq!(soon(updates.next()).await.unwrap().unwrap().status, TaskStatus::Completed);
        assert!(soon(updates.next()).await.is_none());
        assert_eq!(soon(task.result_as::<i64>()).await.unwrap(), 7);
        let unknown = soon(client.call("unknown", ()).as_task()).await;
        assert!(unknown.is_err_and(|error| error.remote().is_some()), "{kind:?}");
        // Plain calls are as before.
        assert_eq!(
            soon(client.call_as::<i64>("never_a_task", json!({ "a": 8 }))).await.unwrap(),
            8
        );
        assert!(soon(client.call("add", json!({ "a": 1, "b": 1 }))).await.is_ok());
        let refused = soon(client.call("only_as_task", json!({ "a": 1 }))).await.unwrap_err();
        assert!(refused.to_string().contains("only as a task"), "{kind:?}: {refused}");
    }
}

#[tokio::test]
async fn servers_before_tasks_answer_at_once() {
    let (near, far) = tokio::io::duplex(1 << 20);
    let (reader, writer) = tokio::io::split(far);
    tokio::spawn(server(&Store::memory()).serve_over(reader, writer));
    let (reader, writer) = tokio::io::split(near);
    let client = Client::over(reader, writer)
        .revision(mcp_runtime::revision::Revision::V2025_06_18)
        .connect()
        .await
        .unwrap();
    let task = start(&client, "add", json!({ "a": 2, "b": 3 })).await;
    assert_eq!(task.id(), None);
    assert!(soon(task).await.is_ok());
    let refused = soon(client.call("only_as_task", json!({ "a": 1 })).as_task()).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("only as a task")));
}

#[tokio::test]
async fn failures_are_those_of_the_call() {
    for kind in KINDS {
        let client = connect(kind).await;
        let task = start(&client, "fail", json!({})).await;
        let result = soon(&task).await.unwrap();
        assert!(result.is_error && result.to_text().contains("it is full"), "{kind:?}");
        let failed = soon(task.result_as::<String>()).await;
        assert!(matches!(failed, Err(Error::Tool { .. })), "{kind:?}: {failed:?}");

        let task = start(&client, "break_off", json!({})).await;
        let failed = soon(&task).await.unwrap_err();
        let error = failed.remote().unwrap_or_else(|| panic!("{kind:?}: {failed:?}"));
        assert_eq!((error.code.0, &*error.message), (-32602, "it cannot be done"), "{kind:?}");
        // It is the same once more, and in a new handle.
        assert!(soon(&task).await.unwrap_err().remote().is_some());
        let again = client.resume_task(&task.reference().unwrap()).unwrap();
        assert!(soon(again).await.unwrap_err().remote().is_some(), "{kind:?}");
    }
}

#[tokio::test]
async fn questions_are_answered_by_the_handlers_once_each() {
    for kind in KINDS {
        let asked = Arc::default();
        let answers = Answers(Arc::clone(&asked));
        let client = connect_to(server(&Store::memory()), kind, answers).await;
        let task = start(&client, "ask", json!({})).await;
        // Two handles, and two waits at the same time.
        let (one, other) = soon(async { tokio::join!(&task, task.clone()) }).await;
        assert_eq!(one.unwrap().to_text(), "First and Second, Hi, 2 roots", "{kind:?}");
        assert!(other.is_ok());
        let mut asked = std::mem::take(&mut *asked.lock().unwrap());
        asked.sort();
        asked.dedup_by(|a, b| kind.0 == Era::Legacy && a == b);
        assert_eq!(asked, ["First name?", "Second name?"], "{kind:?}");
    }
}

#[tokio::test]
async fn progress_is_the_message_of_the_state() {
    for (index, kind) in KINDS.into_iter().enumerate() {
        let client = connect(kind).await;
        let name = format!("progress {index}");
        let task = start(&client, "hold", json!({ "name": name })).await;
        let mut updates = task.updates();
        let mut seen = Vec::new();
        while let Some(state) = soon(updates.next()).await {
            let state = state.unwrap();
            if state.message.as_deref() == Some("half of it") {
                gate(&name).add_permits(1);
            }
            seen.push(state.status);
        }
        assert_eq!(seen.last(), Some(&TaskStatus::Completed), "{kind:?}");
        assert!(seen.contains(&TaskStatus::Working), "{kind:?}");
        assert_eq!(soon(task).await.unwrap().to_text(), format!("{name} is open"));
    }
}

#[tokio::test]
async fn a_cancelled_task_is_an_error_of_its_own() {
    for (index, kind) in KINDS.into_iter().enumerate() {
        let client = connect(kind).await;
        let task = start(&client, "hold", json!({ "name": format!("cancel {index}") })).await;
        // Dropping a wait does not cancel it.
        let mut updates = task.updates();
        while soon(updates.next()).await.unwrap().unwrap().message.is_none() {}
        drop(updates);
        assert_eq!(soon(task.status()).await.unwrap().status, TaskStatus::Working, "{kind:?}");
        let (outcome, cancelled) = soon(async { tokio::join!(&task, task.cancel()) }).await;
        cancelled.unwrap();
        let Err(Error::TaskCancelled { id, .. }) = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert_eq!(Some(&*id), task.id());
        soon(task.cancel()).await.unwrap();
        assert_eq!(soon(task.status()).await.unwrap().status, TaskStatus::Cancelled);
    }
}

#[tokio::test]
async fn the_time_of_the_caller_ends_the_wait_and_not_the_task() {
    for (index, kind) in KINDS.into_iter().enumerate() {
        let client = connect(kind).await;
        let name = format!("time {index}");
        let call = client.call("hold", json!({ "name": name })).timeout(Duration::from_millis(300));
        let task = soon(call.as_task()).await.unwrap();
        let outcome = soon(&task).await;
        assert!(matches!(outcome, Err(Error::Timeout { .. })), "{kind:?}: {outcome:?}");
        assert_eq!(soon(task.status()).await.unwrap().status, TaskStatus::Working, "{kind:?}");
        gate(&name).add_permits(1);
        let task = task.timeout(Duration::from_secs(60));
        assert_eq!(soon(task).await.unwrap().to_text(), format!("{name} is open"));
    }
}

#[tokio::test]
async fn a_client_that_declares_tasks_may_get_one_for_any_call() {
    for via in [Via::Pipe, Via::Http] {
        let url = serve(server(&Store::memory())).await;
        let client = match via {
            Via::Http => {
                let builder = Client::http(url).era(Era::Modern);
                builder
                    .extension("io.modelcontextprotocol/tasks", Default::default())
                    .connect()
                    .await
            }
            Via::Pipe => {
                let (near, far) = tokio::io::duplex(1 << 20);
                let (reader, writer) = tokio::io::split(far);
                tokio::spawn(server(&Store::memory()).serve_over(reader, writer));
                let (reader, writer) = tokio::io::split(near);
                let builder = Client::over(reader, writer).era(Era::Modern);
                builder
                    .extension("io.modelcontextprotocol/tasks", Default::default())
                    .connect()
                    .await
            }
        };
        let client = client.unwrap();
        assert_eq!(
            soon(client.call_as::<i64>("only_as_task", json!({ "a": 5 }))).await.unwrap(),
            5
        );
        assert!(soon(client.call("fail", ())).await.unwrap().is_error);
    }
}

#[tokio::test]
async fn behind_a_gateway_optional_tasks_run_at_once() {
    for theirs in [Era::Modern, Era::Legacy] {
        for kind in KINDS {
            let upstream = Client::http(serve(server(&Store::memory())).await).era(theirs);
            let upstream = upstream.forward_questions(true).connect().await.unwrap();
            let proxy = Proxy::of(upstream).await.unwrap();
            let gateway = Server::new("gateway", "1.0.0").proxy(proxy);
            let client = connect_to(gateway, kind, Answers::default()).await;
            let result = soon(client.call("ask", ())).await.unwrap();
            assert_eq!(result.to_text(), "First and Second, Hi, 2 roots", "{theirs:?} {kind:?}");
            let task = start(&client, "add", json!({ "a": 2, "b": 3 })).await;
            assert_eq!(task.id(), None, "{theirs:?} {kind:?}");
            assert_eq!(soon(task.result_as::<Value>()).await.unwrap(), json!({ "sum": 5 }));
            let refused = soon(client.call("only_as_task", json!({ "a": 1 }))).await.unwrap_err();
            assert!(
                refused.to_string().contains("only as a task"),
                "{theirs:?} {kind:?}: {refused}"
            );
        }
    }
}

/// More tasks than are kept for a client, whose creations meet in the store.
#[cfg(feature = "store-redb")]
#[tokio::test]
async fn tasks_beyond_the_limit_of_a_client_are_created_at_once() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("tasks-at-once.redb");
    let _ = std::fs::remove_file(&path);
    let server = server(&Store::redb(&path).unwrap());
    let client = connect_to(server, (Era::Modern, Via::Pipe), Answers::default()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..1500 {
        if tasks.len() == 500 {
            soon(tasks.join_next()).await.unwrap().unwrap();
        }
        let client = client.clone();
        tasks.spawn(async move {
            let task = start(&client, "only_as_task", json!({ "a": number })).await;
            assert_eq!(soon(task.result_as::<i64>()).await.unwrap(), number);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
