//! The loop of an agent, with servers that are child processes or behind HTTP.

#![allow(missing_docs)]

use std::future::pending;

use mcp_runtime::agent::{Agent, End, Event, ScriptedModel, ServerTools};
use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CallToolResult;
use mcp_tests::process::example;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Runs an agent. Returns the results of its calls as texts, by their identifiers, and its end.
async fn results(agent: Agent) -> (Vec<(String, String)>, End) {
    let mut run = agent.run("Go");
    let mut results = Vec::new();
    while let Some(event) = run.next().await {
        if let Event::CallFinished { id, result, .. } = event {
            results.push((id, shown(&result)));
        }
    }
    results.sort();
    (results, run.await.unwrap().end)
}

fn shown(result: &CallToolResult) -> String {
    let mark = if result.is_error { "! " } else { "" };
    format!("{mark}{}", result.to_text())
}

fn add(tool: &str, a: i64, b: i64) -> (&str, Value) {
    (tool, json!({ "a": a, "b": b }))
}

/// Multiply two integers.
#[tool(read_only)]
async fn multiply(a: i64, b: i64) -> i64 {
    a * b
}

async fn behind_http() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let server = Server::new("remote", "1.0.0").with::<multiply>();
    tokio::spawn(server.serve_listener(listener, pending()));
    Client::http(url).connect().await.unwrap()
}

#[tokio::test]
async fn tools_of_a_process_and_of_an_http_server_are_called_together() {
    let process = Client::stdio(example("torture")).connect().await.unwrap();
    let remote = behind_http().await;
    let model = ScriptedModel::new()
        .calls([add("process__add", 2, 3), add("remote__multiply", 2, 3)])
        .text("5 and 6");
    let agent = Agent::new(model)
        .tools(ServerTools::from(&process).name("process").trust_annotations(true))
        .tools(ServerTools::from(&remote).trust_annotations(true));
    let (results, end) = results(agent).await;
    assert_eq!(results, [("call_1".into(), "5".into()), ("call_2".into(), "6".into())]);
    assert!(matches!(end, End::Finished));
}

#[tokio::test]
async fn annotations_of_other_processes_allow_nothing() {
    let remote = behind_http().await;
    let model = ScriptedModel::new().calls([add("multiply", 2, 3)]);
    let (results, end) = results(Agent::new(model).tools(&remote)).await;
    assert!(results.is_empty());
    assert!(matches!(end, End::NeedsApproval(calls) if calls.len() == 1));
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_that_is_killed_during_a_call_is_an_error_for_the_model() {
    // The shell exits with the server, so that the process of the client is known by its id.
    let script = format!("echo $$ >&2; exec {}", example("torture").display());
    let process = Client::stdio("/bin/sh").args(["-c", &script]).connect().await.unwrap();
    let remote = behind_http().await;
    let model = ScriptedModel::new()
        .calls([("process__slow", json!({ "ms": 600_000 })), add("remote__multiply", 2, 3)])
        .call("process__add", json!({ "a": 1, "b": 2 }))
        .text("It is gone.");
    let agent = Agent::new(model).tools_as("process", &process).tools(&remote).approve_all();
    let mut run = agent.run("Go");
    let mut results = Vec::new();
    while let Some(event) = run.next().await {
        let Event::CallFinished { result, .. } = event else { continue };
        results.push(shown(&result));
        if results.len() == 1 {
            let pid: u32 = process.stderr().lines().next().unwrap().trim().parse().unwrap();
            mcp_tests::process::send_signal(pid, "KILL");
        }
    }
    assert_eq!(results[0], "6");
    assert_eq!(results.len(), 3);
    for result in &results[1..] {
        assert!(result.starts_with("! the connection is closed"), "{result}");
    }
    assert_eq!(run.await.unwrap().text, "It is gone.");
}
