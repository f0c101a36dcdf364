//! Results that are too large.

use mcp_runtime::elicit::AskError;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::testing::{TestClientBuilder, assert_failed, assert_refused, assert_text};
use serde_json::json;

use crate::kit::{Outcome, clients_with};

#[derive(Elicit)]
struct Confirm {
    /// Go on
    #[allow(dead_code)]
    yes: bool,
}

/// Repeat a letter.
#[tool(task)]
async fn repeat(count: usize) -> String {
    "x".repeat(count)
}

/// Repeat a letter in a list.
#[tool]
async fn list(count: usize) -> Vec<String> {
    vec!["x".to_owned(); count]
}

/// Ask, and then repeat a letter.
#[tool]
async fn ask(cx: &Context, count: usize) -> Result<String, AskError> {
    cx.elicit::<Confirm>("Sure?").await?;
    Ok("\"".repeat(count))
}

/// A letter, repeatedly.
#[resource("letters://{count}")]
async fn letters(count: usize) -> String {
    "x".repeat(count)
}

/// A letter, repeatedly.
#[prompt]
async fn say(count: usize) -> String {
    "x".repeat(count)
}

fn server() -> Server {
    Server::new("large", "1").with::<(repeat, list, ask, letters, say)>().max_result_size(2000)
}

fn agreeing(builder: TestClientBuilder) -> TestClientBuilder {
    builder.answers("Sure?", json!({ "yes": true }))
}

#[tokio::test]
async fn a_large_result_of_a_tool_says_what_to_do() -> Outcome {
    let fault = "and this server sends at most 2000; ask for less: a page, a narrower query";
    for client in clients_with(server, agreeing).await? {
        let call = async |tool: &str, count| client.call(tool, json!({ "count": count })).await;
        assert_text(&call("repeat", 1000).await?, &"x".repeat(1000));
        assert_failed(&call("repeat", 2000).await?, fault);
        assert!(!call("list", 100).await?.is_error);
        assert_failed(&call("list", 400).await?, fault);
        assert_text(&call("ask", 500).await?, &"\"".repeat(500));
        // Two bytes each.
        assert_failed(&call("ask", 1100).await?, fault);
        let task = client.call("repeat", json!({ "count": 2000 })).as_task().await?;
        match task.await {
            Ok(result) => assert_failed(&result, fault),
            // In 2025-11-25, the task has failed.
            Err(error) => assert!(error.to_string().contains("at most 2000"), "{error}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn other_large_results_are_errors() -> Outcome {
    let fault = "and this server sends at most 2000; ask for less";
    for client in clients_with(server, agreeing).await? {
        client.read("letters://1000").await?;
        let read = client.read("letters://2000").await;
        assert_refused(&read, ErrorCode::INTERNAL_ERROR, fault);
        client.prompt("say", [("count", "1000")]).await?;
        let prompt = client.prompt("say", [("count", "2000")]).await;
        assert_refused(&prompt, ErrorCode::INTERNAL_ERROR, fault);
    }
    Ok(())
}
