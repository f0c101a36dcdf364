//! Requests of the client, and their outcomes as lines of text.

use mcp_runtime::client::{Client, ClientBuilder, Era, Error};
use mcp_runtime::protocol::{
    CallToolResult, CompletionReference, CreateMessageResult, ElicitResult, Root,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::script::{GOOD, target};
use crate::answers::sorted;
use crate::message::Speaker;
use crate::rows::Row;

/// A client that answers every kind of question.
pub(super) fn configured<T>(builder: ClientBuilder<T>, speaker: Speaker) -> ClientBuilder<T> {
    builder
        .era(if speaker.is_modern { Era::Modern } else { Era::Legacy })
        .on_form(|_| async {
            let content = json!({ "yes": true });
            ElicitResult::accept(content.as_object().cloned().unwrap_or_default())
        })
        .on_sample(|_| async { CreateMessageResult::text("m", "Hello") })
        .roots([Root::new("file:///a")])
        .max_message(MAX_MESSAGE)
}

/// Largest message that the client reads.
const MAX_MESSAGE: usize = 100_000;

/// Sends the request of a method, and renders its outcome.
async fn ask(client: &Client, method: &str) -> String {
    match method {
        "tools/call" => called(client.call("bad", ()).await),
        "tools/list" => rendered(client.tools().all().await),
        "resources/list" => rendered(client.resources().all().await),
        "prompts/list" => rendered(client.prompts().all().await),
        "resources/read" => rendered(client.read("notes://today").await),
        "prompts/get" => rendered(client.prompt("p", [("a", "b")]).await),
        "completion/complete" => {
            let reference = CompletionReference::prompt("p");
            rendered(client.complete(reference, "a", "b", [("c", "d")]).await)
        }
        other => panic!("no request for `{other}`"),
    }
}

/// Sends the request that a row is about, unless it was a part of connecting, and renders its outcome.
pub(super) async fn ask_for(client: &Client, row: &Row) -> String {
    match target(row) {
        "server/discover" | "initialize" => "ok".to_owned(),
        method => ask(client, method).await,
    }
}

/// Makes a good call.
pub(super) async fn good_call(client: &Client, row: &str) {
    assert_eq!(called(client.call(GOOD, ()).await), r#"ok "5""#, "{row}");
}

fn called(outcome: Result<CallToolResult, Error>) -> String {
    let text = outcome.as_ref().ok().and_then(|result| result.content.first()?.as_text());
    let text = text.map(str::to_owned);
    let rendered = rendered(outcome);
    match text {
        Some(text) if rendered == only_text(&text) => {
            format!("ok {text:?}")
        }
        _ => rendered,
    }
}

/// The rendered result of a call with nothing but a text.
fn only_text(text: &str) -> String {
    let result = json!({ "content": [{ "type": "text", "text": text }] });
    format!("ok {}", sorted(&result))
}

/// Renders an outcome: the result, or the kind of the error and its message.
pub(super) fn rendered<T: Serialize>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(result) => format!("ok {}", sorted(&serde_json::to_value(result).unwrap())),
        Err(error) => failed(&error),
    }
}

pub(super) fn failed(error: &Error) -> String {
    let debug = format!("{error:?}");
    let kind = debug.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
    let report = error.report().to_string();
    assert!(!report.chars().any(char::is_control), "{report:?}");
    format!("{kind} {}", Value::from(report))
}
