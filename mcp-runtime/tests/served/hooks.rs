//! What runs around requests.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use mcp_runtime::client::Error;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_refused, assert_text, eras};
use mcp_runtime::{Hook, HookFailure, HookRequest, ProtocolError};
use serde_json::{Value, json};

use crate::kit::Outcome;

type Log = Arc<Mutex<Vec<String>>>;

/// Writes down everything it hears, and refuses who has its name.
struct Scribe(&'static str, Log);

impl Scribe {
    fn write(&self, what: &str, request: &HookRequest, more: impl Display) {
        let (method, name) = (request.method(), request.name().unwrap_or("-"));
        self.1.lock().unwrap().push(format!("{} {what} {method} {name}{more}", self.0));
    }
}

impl Hook for Scribe {
    async fn before(&self, request: &HookRequest) -> Result<(), ProtocolError> {
        tokio::task::yield_now().await;
        self.write("before", request, "");
        if request.name().is_some() && request.principal().subject() == Some(self.0) {
            return Err(ProtocolError::invalid_request("not you"));
        }
        Ok(())
    }

    async fn after(&self, request: &HookRequest) {
        self.write("after", request, "");
    }

    async fn error(&self, request: &HookRequest, failure: &HookFailure<'_>) {
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

fn server(log: &Log) -> Server {
    Server::new("hooked", "1")
        .with::<(add, fail, panic)>()
        .method("own/method", async |_: Context, (): ()| Ok::<_, ProtocolError>(()))
        .hook(Scribe("outer", Arc::clone(log)))
        .hook(Scribe("inner", Arc::clone(log)))
}

/// What the hooks hear while a client of each era does something.
async fn check(
    principal: Principal,
    act: impl AsyncFn(&TestClient) -> Outcome,
    expected: &[&str],
) -> Outcome {
    for era in eras() {
        let log = Log::default();
        let client = TestClient::of(server(&log)).era(era).principal(principal.clone());
        let client = client.connect().await?;
        // How it connects is not what the test is about.
        log.lock().unwrap().clear();
        act(&client).await?;
        assert_eq!(*log.lock().unwrap(), expected, "{era:?}");
    }
    Ok(())
}

async fn check_anybody(act: impl AsyncFn(&TestClient) -> Outcome, expected: &[&str]) -> Outcome {
    check(Principal::anonymous(), act, expected).await
}

fn two_and_three() -> Value {
    json!({ "a": 2, "b": 3 })
}

#[tokio::test]
async fn hooks_run_around_a_call() -> Outcome {
    let expected = [
        "outer before tools/call add",
        "inner before tools/call add",
        "inner after tools/call add",
        "outer after tools/call add",
    ];
    let act = async |client: &TestClient| {
        assert_text(&client.call("add", two_and_three()).await?, "5");
        Ok(())
    };
    check_anybody(act, &expected).await
}

#[tokio::test]
async fn hooks_hear_of_failures() -> Outcome {
    let expected = [
        "outer before tools/call fail",
        "inner before tools/call fail",
        "inner error tools/call fail: it broke",
        "outer error tools/call fail: it broke",
    ];
    let act = async |client: &TestClient| {
        assert_failed(&client.call("fail", ()).await?, "it broke");
        Ok(())
    };
    check_anybody(act, &expected).await?;
    let expected = [
        "outer before tools/call panic",
        "inner before tools/call panic",
        "inner error tools/call panic: the handler failed unexpectedly (code -32603)",
        "outer error tools/call panic: the handler failed unexpectedly (code -32603)",
    ];
    let act = async |client: &TestClient| {
        let outcome = client.call("panic", ()).await;
        assert_refused(&outcome, ErrorCode::INTERNAL_ERROR, "the handler failed unexpectedly");
        Ok(())
    };
    check_anybody(act, &expected).await
}

#[tokio::test]
async fn a_hook_refuses() -> Outcome {
    let act = async |client: &TestClient| {
        let outcome = client.call("add", two_and_three()).await;
        assert_refused(&outcome, ErrorCode::INVALID_REQUEST, "not you");
        Ok(())
    };
    let expected = [
        "outer before tools/call add",
        "inner before tools/call add",
        "outer error tools/call add: not you (code -32600)",
    ];
    check(Principal::new("inner"), act, &expected).await?;
    check(Principal::new("outer"), act, &["outer before tools/call add"]).await
}

async fn plain(client: &TestClient, method: &str) -> Result<Value, Error> {
    client.request(method, ()).await
}

#[tokio::test]
async fn hooks_run_around_everything_that_is_served() -> Outcome {
    for method in ["tools/list", "own/method"] {
        let expected = ["outer before", "inner before", "inner after", "outer after"];
        let expected = expected.map(|line| format!("{line} {method} -"));
        let act = async |client: &TestClient| plain(client, method).await.map(drop);
        check_anybody(act, &expected.each_ref().map(String::as_str)).await?;
    }
    for method in ["unknown", "prompts/list"] {
        let act = async |client: &TestClient| {
            assert_refused(&plain(client, method).await, ErrorCode::METHOD_NOT_FOUND, method);
            Ok(())
        };
        check_anybody(act, &[]).await?;
    }
    Ok(())
}
