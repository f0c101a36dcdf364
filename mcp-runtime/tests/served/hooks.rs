//! Hooks around requests.

use std::fmt::Display;
use std::sync::{Arc, Mutex};

use mcp_runtime::ProtocolError;
use mcp_runtime::client::Error;
use mcp_runtime::hook::{Hook, HookFailure, HookRequest, HookResult};
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClient, assert_failed, assert_refused, assert_text, eras};
use serde_json::{Value, json};

use crate::kit::Outcome;

type Log = Arc<Mutex<Vec<String>>>;

/// Records all requests, and refuses callers with a certain name.
struct Scribe(&'static str, Log);

impl Scribe {
    fn write(&self, what: &str, request: &HookRequest, more: impl Display) {
        let (method, name) = (request.method(), request.name().unwrap_or("-"));
        self.1.lock().unwrap().push(format!("{} {what} {method} {name}{more}", self.0));
    }
}

impl Hook for Scribe {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        tokio::task::yield_now().await;
        self.write("before", request, "");
        if request.name().is_some() && request.principal().subject() == Some(self.0) {
            return Err(ProtocolError::invalid_request("not you"));
        }
        Ok(())
    }

    async fn after(&self, request: &HookRequest, _: &mut HookResult<'_>) {
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

/// Records of the hooks while a client of each era sends requests.
async fn check(
    principal: Principal,
    act: impl AsyncFn(&TestClient) -> Outcome,
    expected: &[&str],
) -> Outcome {
    for era in eras() {
        let log = Log::default();
        let client = TestClient::of(server(&log)).era(era).principal(principal.clone());
        let client = client.connect().await?;
        // Without the requests that connect the client.
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

/// Doubles the first argument of every call, and signs every result.
struct Editor;

impl Hook for Editor {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        let Some(arguments) = request.arguments() else { return Ok(()) };
        let mut arguments: Value = serde_json::from_str(arguments).unwrap();
        if let Some(first) = arguments["a"].as_i64() {
            arguments["a"] = json!(first * 2);
        }
        request.replace_arguments(&arguments)
    }

    async fn after(&self, request: &HookRequest, result: &mut HookResult<'_>) {
        if request.method() == "tools/call" {
            let text = format!("{} of {}", result.json().len(), request.arguments().unwrap());
            result.replace(&CallToolResult::text(text)).unwrap();
        }
    }
}

/// Greet somebody.
#[prompt]
async fn greet(a: i64) -> String {
    format!("hello {a}")
}

#[tokio::test]
async fn a_hook_replaces_arguments_and_results() -> Outcome {
    for era in eras() {
        let server = Server::new("edited", "1").with::<(add, greet)>().hook(Editor);
        let client = TestClient::of(server).era(era).connect().await?;
        let answer = client.call("add", two_and_three()).await?;
        // The result of the tool is `7`, wrapped in an object in legacy revisions.
        assert!(answer.to_text().ends_with(r#" of {"a":4,"b":3}"#), "{era:?}: {answer:?}");
        let greeting = client.prompt("greet", [("a", "3")]).await?;
        let text = greeting.messages[0].content.as_text();
        assert_eq!(text, Some("hello 3"), "text is not doubled");
    }
    Ok(())
}

/// Asks for a word before it repeats its argument.
#[tool]
async fn repeat(cx: &Context, a: i64) -> Result<String, ToolError> {
    let word: Word = match cx.elicit("Which word?").await? {
        mcp_runtime::elicit::Elicited::Accepted(word) => word,
        _ => return Err(ToolError::new("no word")),
    };
    Ok(word.word.repeat(usize::try_from(a)?))
}

#[derive(Elicit)]
struct Word {
    word: String,
}

#[tokio::test]
async fn replaced_arguments_last_through_all_rounds_of_a_call() -> Outcome {
    for era in eras() {
        let server = Server::new("edited", "1").with::<repeat>().hook(Doubled);
        let client =
            TestClient::of(server).era(era).answers("Which word?", json!({ "word": "ab" }));
        let client = client.connect().await?;
        let answer = client.call("repeat", json!({ "a": 2 })).await?;
        assert_text(&answer, "abababab");
    }
    Ok(())
}

/// Doubles the argument `a`.
struct Doubled;

impl Hook for Doubled {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        let Some(arguments) = request.arguments() else { return Ok(()) };
        let mut arguments: Value = serde_json::from_str(arguments).unwrap();
        arguments["a"] = json!(arguments["a"].as_i64().unwrap_or_default() * 2);
        request.replace_arguments(&arguments)
    }
}

/// Replaces the results of every kind of component.
struct Signer;

impl Hook for Signer {
    async fn after(&self, request: &HookRequest, result: &mut HookResult<'_>) {
        let mut json: Value = serde_json::from_str(&result.json()).unwrap();
        let text = match request.method() {
            "tools/call" => &mut json["content"][0]["text"],
            "prompts/get" => &mut json["messages"][0]["content"]["text"],
            "resources/read" => &mut json["contents"][0]["text"],
            "completion/complete" => &mut json["completion"]["values"][0],
            _ => return,
        };
        *text = json!(format!("{}, signed", text.as_str().unwrap()));
        result.replace(&json).unwrap();
    }
}

/// A note.
#[resource("notes://{name}")]
async fn note(#[arg(complete = names)] name: String) -> String {
    name
}

/// A note of one name.
#[resource("plain://a")]
async fn plain_note() -> &'static str {
    "a"
}

fn names(_: &str) -> Vec<&'static str> {
    vec!["a"]
}

/// Say a word.
#[tool]
async fn say() -> Content {
    Content::text("a")
}

#[tokio::test]
async fn a_hook_replaces_results_of_all_kinds() -> Outcome {
    for era in eras() {
        let server = Server::new("signed", "1").with::<(say, greet, note, plain_note)>();
        let client = TestClient::of(server.hook(Signer)).era(era).connect().await?;
        assert_text(&client.call("say", ()).await?, "a, signed");
        let greeting = client.prompt("greet", [("a", "3")]).await?;
        assert_eq!(greeting.messages[0].content.as_text(), Some("hello 3, signed"));
        for uri in ["notes://a", "plain://a"] {
            let read: Value = client.request("resources/read", json!({ "uri": uri })).await?;
            assert_eq!(read["contents"][0]["text"], "a, signed", "{read}");
            assert_eq!(read["contents"][0]["uri"], uri, "{read}");
        }
        let params = json!({
            "ref": { "type": "ref/resource", "uri": "notes://{name}" },
            "argument": { "name": "name", "value": "" },
        });
        let completed: Value = client.request("completion/complete", params).await?;
        assert_eq!(completed["completion"]["values"], json!(["a, signed"]));
    }
    Ok(())
}

/// Replaces arguments that cannot be replaced.
struct Clumsy;

impl Hook for Clumsy {
    async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
        match request.method() {
            "tools/list" => request.replace_arguments(&json!({})),
            "tools/call" => request.replace_arguments(&json!([1])),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn what_a_hook_cannot_replace_is_an_internal_error() -> Outcome {
    for era in eras() {
        let server = Server::new("edited", "1").with::<add>().hook(Clumsy);
        let client = TestClient::of(server).era(era).connect().await?;
        let called = client.call("add", two_and_three()).await;
        assert_refused(&called, ErrorCode::INTERNAL_ERROR, "a hook of the server failed");
        let listed = client.tools().all().await;
        assert_refused(&listed, ErrorCode::INTERNAL_ERROR, "a hook of the server failed");
    }
    Ok(())
}
