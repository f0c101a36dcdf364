//! Texts of clients in errors: at most a line of them, without control characters.

use mcp_runtime::ProtocolError;
use mcp_runtime::client::{Error, NO_ARGUMENTS};
use mcp_runtime::elicit::{AskError, Elicited};
use mcp_runtime::extension::CacheableResult;
use mcp_runtime::prelude::*;
use mcp_runtime::protocol::CompletionReference;
use mcp_runtime::testing::TestClient;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::{Outcome, clients};

/// A text that a terminal would act on, and that fills many of its pages.
fn hostile() -> String {
    "\u{1b}[2J\u{9b}31mowned\u{7}\n\u{202e}".repeat(1000)
}

/// Checks the text of an error. A line of what came is in it once or twice, and what was expected.
fn check(text: &str, what: &str) {
    let bad =
        |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!text.chars().any(bad), "{what}: {text:?}");
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or_default();
    assert!(longest < 1000 && text.chars().count() < 3000, "{what}: {}", text.len());
    assert!(!text.contains("owned\n"), "{what}: {text:?}");
}

#[derive(Deserialize, schemars::JsonSchema)]
#[allow(dead_code, reason = "never made")]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
    Green,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[allow(dead_code, reason = "never made")]
#[serde(deny_unknown_fields)]
struct Nested {
    color: Color,
    numbers: std::collections::BTreeMap<String, u8>,
}

/// Take arguments of several types.
#[tool]
#[allow(unused_variables, reason = "none of them is right")]
async fn take(
    number: Option<i64>,
    color: Option<Color>,
    nested: Option<Nested>,
    #[arg(max_len = 3)] short: Option<String>,
    ip: Option<std::net::IpAddr>,
) -> &'static str {
    "done"
}

/// The notes of a day.
#[resource("notes://{day}")]
async fn notes(#[arg(complete = days)] day: u32) -> String {
    day.to_string()
}

fn days(_: &str) -> [&'static str; 1] {
    ["1"]
}

/// Ask for a review.
#[prompt]
async fn review(day: u32) -> String {
    day.to_string()
}

#[derive(Elicit)]
struct Form {
    /// A number
    number: u8,
}

/// Ask the user.
#[tool]
async fn ask(cx: &Context) -> Result<String, AskError> {
    Ok(match cx.elicit::<Form>("Which?").await? {
        Elicited::Accepted(form) => form.number.to_string(),
        _ => "none".to_owned(),
    })
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "never made")]
struct Params {
    color: Color,
}

fn server() -> Server {
    Server::new("texts", "1.0")
        .with::<(take, ask, notes, review)>()
        .extension("com.example/paint", ())
        .method("com.example/paint", async |_: Context, _: Params| {
            Ok::<_, ProtocolError>(CacheableResult::new(json!({}), std::time::Duration::ZERO))
        })
}

/// The texts of the outcome: of an error, or of a result that is one.
fn text_of(outcome: Result<Value, Error>) -> String {
    match outcome {
        Ok(result) => {
            assert_eq!(result["isError"], true, "{result}");
            result["content"][0]["text"].as_str().unwrap().to_owned()
        }
        Err(error) => error.remote().unwrap_or_else(|| panic!("{error}")).message.to_string(),
    }
}

#[tokio::test]
async fn what_a_client_sends_is_shown_as_a_line() -> Outcome {
    let text = hostile();
    let call = |arguments: Value| json!({ "name": "take", "arguments": arguments });
    let requests = [
        ("tools/call", json!({ "name": text })),
        ("tools/call", json!({ "name": "take", "arguments": text })),
        ("tools/call", call(json!({ text.as_str(): 1 }))),
        ("tools/call", call(json!({ "number": text }))),
        ("tools/call", call(json!({ "number": [text] }))),
        ("tools/call", call(json!({ "color": text }))),
        ("tools/call", call(json!({ "short": text }))),
        ("tools/call", call(json!({ "ip": text }))),
        ("tools/call", call(json!({ "nested": { text.as_str(): 1 } }))),
        ("tools/call", call(json!({ "nested": { "color": text, "numbers": {} } }))),
        (
            "tools/call",
            call(json!({ "nested": { "color": "red", "numbers": { text.as_str(): "x" } } })),
        ),
        ("tools/call", call(json!({ "nested": { "color": "red", "numbers": { "a": text } } }))),
        ("prompts/get", json!({ "name": text })),
        ("prompts/get", json!({ "name": "review", "arguments": { "day": text } })),
        ("prompts/get", json!({ "name": "review", "arguments": { text.as_str(): "1" } })),
        ("resources/read", json!({ "uri": text })),
        ("resources/read", json!({ "uri": format!("notes://{}", "x".repeat(5000)) })),
        ("completion/complete", json!({ "ref": text, "argument": text })),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": text }, "argument": { "name": "a", "value": "" } }),
        ),
        (
            "completion/complete",
            json!({ "ref": { "type": "ref/resource", "uri": "notes://{day}" }, "argument": { "name": text, "value": "" } }),
        ),
        ("tools/list", json!({ "cursor": text })),
        ("com.example/paint", json!({ "color": text })),
        ("com.example/paint", json!({ text.as_str(): text })),
    ];
    for client in clients(server).await? {
        for (method, params) in &requests {
            let outcome = client.request::<Value>(method, params).await;
            let shown: String = params.to_string().chars().take(60).collect();
            check(&text_of(outcome), &format!("{method} {shown}"));
        }
        let method = format!("com.example/{text}");
        check(&text_of(client.request::<Value>(&method, ()).await), "a method");
        let outcome = client.prompt(text.as_str(), NO_ARGUMENTS).await.unwrap_err();
        check(&outcome.to_string(), "the text of the client's error");
        let reference = CompletionReference::prompt(text.as_str());
        let outcome = client.complete(reference, "a", "b", NO_ARGUMENTS).await.unwrap_err();
        check(&outcome.to_string(), "the text of the client's error");
    }
    Ok(())
}

#[tokio::test]
async fn what_a_user_answers_is_shown_as_a_line() -> Outcome {
    for era in mcp_runtime::testing::eras() {
        for answer in [json!(hostile()), json!([hostile()]), json!({ "a": hostile() })] {
            let client = TestClient::of(server()).era(era);
            // The client would not send an answer that does not fit.
            let client = client.configure(move |client| {
                client.on_form(move |_| {
                    let content = json!({ "number": answer.clone() });
                    async move {
                        mcp_runtime::protocol::ElicitResult::accept(
                            content.as_object().cloned().unwrap(),
                        )
                    }
                })
            });
            let client = client.connect().await?;
            match client.call("ask", ()).await {
                Ok(result) => check(&result.to_text(), "an answer"),
                Err(error) => check(&error.to_string(), "an answer"),
            }
        }
    }
    Ok(())
}
