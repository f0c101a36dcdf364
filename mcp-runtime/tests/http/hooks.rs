//! What runs around requests.

use std::sync::{Arc, Mutex};

use mcp_runtime::prelude::*;
use mcp_runtime::{Failure, Hook, Incoming, McpService, ProtocolError};
use serde_json::{Value, json};

use crate::client::{Answer, Draft, LEGACY, open};

type Log = Arc<Mutex<Vec<String>>>;

/// Writes down everything it hears, and refuses what is called `refused`.
struct Scribe(&'static str, Log);

impl Scribe {
    fn write(&self, what: &str, request: &Incoming, more: impl std::fmt::Display) {
        let (method, name) = (request.method(), request.name().unwrap_or("-"));
        self.1.lock().unwrap().push(format!("{} {what} {method} {name}{more}", self.0));
    }
}

impl Hook for Scribe {
    async fn before(&self, request: &Incoming) -> Result<(), ProtocolError> {
        tokio::task::yield_now().await;
        self.write("before", request, "");
        if request.principal().subject() == Some(self.0) {
            return Err(ProtocolError::invalid_request("not you"));
        }
        Ok(())
    }

    async fn after(&self, request: &Incoming) {
        self.write("after", request, "");
    }

    async fn error(&self, request: &Incoming, failure: &Failure<'_>) {
        self.write("error", request, format_args!(": {failure}"));
    }
}

/// Add two integers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Fail.
#[tool]
async fn fail() -> Result<i64, String> {
    Err("it broke".into())
}

/// Panic.
#[tool]
async fn panic() -> i64 {
    panic!("a secret")
}

fn service() -> (McpService, Log) {
    let log = Log::default();
    let server = Server::new("hooked", "1")
        .with::<(add, fail, panic)>()
        .method("own/method", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
        .hook(Scribe("outer", Arc::clone(&log)))
        .hook(Scribe("inner", Arc::clone(&log)));
    (server.into_service().unwrap(), log)
}

async fn check(draft: Draft, expected: &[&str]) -> Answer {
    let (service, log) = service();
    let answer = draft.send(&service).await;
    assert_eq!(*log.lock().unwrap(), expected);
    answer
}

fn call(tool: &str, arguments: Value) -> Draft {
    Draft::call(tool, arguments)
}

#[tokio::test]
async fn hooks_run_around_a_call() {
    let answer = check(
        call("add", json!({ "a": 2, "b": 3 })),
        &[
            "outer before tools/call add",
            "inner before tools/call add",
            "inner after tools/call add",
            "outer after tools/call add",
        ],
    );
    assert_eq!(answer.await.text_result(), "5");
}

#[tokio::test]
async fn hooks_hear_of_failures() {
    let expected = [
        "outer before tools/call fail",
        "inner before tools/call fail",
        "inner error tools/call fail: it broke",
        "outer error tools/call fail: it broke",
    ];
    assert_eq!(check(call("fail", json!({})), &expected).await.text_result(), "it broke");
    let expected = [
        "outer before tools/call panic",
        "inner before tools/call panic",
        "inner error tools/call panic: the handler failed unexpectedly (code -32603)",
        "outer error tools/call panic: the handler failed unexpectedly (code -32603)",
    ];
    assert_eq!(check(call("panic", json!({})), &expected).await.code(), -32603);
}

#[tokio::test]
async fn a_hook_refuses() {
    let draft = call("add", json!({ "a": 2, "b": 3 })).by(Principal::new("inner"));
    let expected = [
        "outer before tools/call add",
        "inner before tools/call add",
        "outer error tools/call add: not you (code -32600)",
    ];
    assert_eq!(check(draft, &expected).await.json()["error"]["message"], "not you");
    let draft = call("add", json!({ "a": 2, "b": 3 })).by(Principal::new("outer"));
    assert_eq!(check(draft, &["outer before tools/call add"]).await.code(), -32600);
}

#[tokio::test]
async fn hooks_run_around_everything_that_is_served() {
    let expected = [
        "outer before tools/list -",
        "inner before tools/list -",
        "inner after tools/list -",
        "outer after tools/list -",
    ];
    check(Draft::modern("tools/list", json!({})), &expected).await;
    let expected = expected.map(|line| line.replace("tools/list", "own/method"));
    check(Draft::modern("own/method", json!({})), &expected.each_ref().map(String::as_str)).await;
    // What is not there keeps its status.
    let answer = check(Draft::modern("unknown", json!({})), &[]).await;
    assert_eq!(answer.status, 404);
    let answer = check(Draft::modern("prompts/list", json!({})), &[]).await;
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn hooks_run_in_a_session() {
    let (service, log) = service();
    let session = open(&service, LEGACY).await;
    let params = json!({ "name": "add", "arguments": { "a": 1, "b": 1 } });
    let answer = Draft::in_session(&session, 7, "tools/call", params).send(&service).await;
    assert_eq!((answer.text_result().as_str(), &answer.json()["id"]), ("2", &json!(7)));
    assert_eq!(log.lock().unwrap().len(), 4);
}
