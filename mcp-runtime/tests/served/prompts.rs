//! Listing, rendering and completing prompts.

use std::borrow::Cow;

use mcp_runtime::client::Error;
use mcp_runtime::completion::Completing;
use mcp_runtime::jsonrpc::ErrorCode;
use mcp_runtime::prelude::*;
use mcp_runtime::prompt::PromptArguments;
use mcp_runtime::protocol::{
    Completion, CompletionReference, GetPromptResult, PromptArgument, PromptMessage,
};
use mcp_runtime::revision::Revision;
use mcp_runtime::testing::{TestClient, assert_json, assert_refused};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::kit::{NOTHING, Outcome, ask, clients};

#[derive(Clone, Copy, Debug, Deserialize)]
enum Language {
    Rust,
    Python,
}

/// Ask for a review.
#[prompt(title = "Review")]
async fn review(
    /// The code
    code: &str,
    language: Option<Language>,
    #[arg(complete = lines)] line: Cow<'_, str>,
) -> Result<String, std::num::ParseIntError> {
    let line: u32 = line.parse()?;
    Ok(format!("{code} {language:?} {line}"))
}

async fn lines(_: String, completing: &Completing) -> Vec<String> {
    let code = completing.argument("code").unwrap_or_default();
    (1..=code.len() * 60).map(|line| line.to_string()).collect()
}

fn reviews() -> Server {
    Server::new("s", "1").with::<review>()
}

async fn refusal(client: &TestClient, params: Value) -> Result<Value, Error> {
    let outcome = ask(client, "prompts/get", params).await;
    Ok(json!(outcome.unwrap_err().remote().unwrap()))
}

#[tokio::test]
async fn a_prompt_is_listed_with_its_arguments() -> Outcome {
    for client in clients(reviews).await? {
        let expected = json!([{
            "name": "review",
            "title": "Review",
            "description": "Ask for a review.",
            "arguments": [
                { "name": "code", "description": "The code", "required": true },
                { "name": "language", "required": false },
                { "name": "line", "required": true },
            ],
        }]);
        assert_json(&ask(&client, "prompts/list", ()).await?["prompts"], &expected);
    }
    Ok(())
}

#[tokio::test]
async fn texts_become_arguments() -> Outcome {
    for client in clients(reviews).await? {
        for (code, language, text) in [
            ("x", "Rust", "x Some(Rust) 3"),
            // Hosts send an empty string for an argument that the user leaves empty.
            ("", "", " None 3"),
        ] {
            let arguments = json!({ "code": code, "language": language, "line": "3" });
            let params = json!({ "name": "review", "arguments": arguments });
            let expected = json!({
                "description": "Ask for a review.",
                "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
            });
            assert_json(&ask(&client, "prompts/get", params).await?, &expected);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_once() -> Outcome {
    for client in clients(reviews).await? {
        let refused = async |arguments: Value| {
            refusal(&client, json!({ "name": "review", "arguments": arguments })).await
        };
        let message = "The arguments of `review` do not fit:\n\
             - `line`: expected a string, as in all prompts\n\
             - `lines`: unknown argument; did you mean `line`?\n\
             - `code`: missing; expected a string\n\
             - `language`: expected `Rust` or `Python`, got \"rust\"; did you mean `Rust`?";
        assert_json(
            &refused(json!({ "language": "rust", "line": 3, "lines": "3" })).await?,
            &json!({ "code": -32602, "message": message }),
        );
        assert_json(
            &refused(json!({ "code": "x", "line": "x" })).await?,
            &json!({ "code": -32603, "message": "invalid digit found in string" }),
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_prompt_that_is_not_there() -> Outcome {
    for client in clients(reviews).await? {
        let message = "unknown prompt: reveiw; did you mean `review`?";
        assert_json(
            &refusal(&client, json!({ "name": "reveiw" })).await?,
            &json!({ "code": -32602, "message": message }),
        );
        for wrong in [json!({}), json!({ "name": "review", "arguments": [] })] {
            assert_eq!(refusal(&client, wrong).await?["code"], -32602);
        }
    }
    Ok(())
}

#[tokio::test]
async fn completers_see_the_other_arguments() -> Outcome {
    for client in clients(reviews).await? {
        let complete = async |argument: &str, typed: &str| -> Result<Completion, Error> {
            let review = CompletionReference::prompt("review");
            client.complete(review, argument, typed, [("code", "ab")]).await
        };
        let all = complete("line", "").await?;
        assert_eq!((all.values.len(), all.total, all.has_more), (100, Some(120), Some(true)));
        let expected = json!({ "values": ["12", "120"], "total": 2, "hasMore": false });
        assert_json(&complete("line", "12").await?, &expected);
        assert_eq!(complete("language", "p").await?.values, ["Python"]);
    }
    Ok(())
}

#[tokio::test]
async fn only_what_can_be_completed_is_advertised() -> Outcome {
    let plain = || Server::new("s", "1").prompt(Prompt::new("p", async |_, _| "x"));
    for (server, completions, prompts, code) in [
        ((|| Server::new("s", "1")) as fn() -> Server, false, false, ErrorCode::METHOD_NOT_FOUND),
        (plain, false, true, ErrorCode::METHOD_NOT_FOUND),
        (reviews, true, true, ErrorCode::INVALID_PARAMS),
    ] {
        for client in clients(server).await? {
            let capabilities = client.server_info().capabilities.clone();
            assert_eq!(capabilities.completions.is_some(), completions);
            assert_eq!(capabilities.prompts.is_some(), prompts);
            let outcome = client.request::<Value>("completion/complete", ()).await;
            assert_refused(&outcome, code, "");
        }
    }
    Ok(())
}

#[tokio::test]
async fn content_that_a_revision_lacks_becomes_text() -> Outcome {
    let prompt = Prompt::new("p", async |_, _| Content::audio([0_u8], "audio/wav"));
    let server = Server::new("s", "1").prompt(prompt);
    let client = TestClient::of(server).revision(Revision::V2024_11_05).connect().await?;
    let result = client.prompt("p", NOTHING).await?;
    assert_eq!(result.messages[0].content.as_text(), Some("[audio, audio/wav]"));
    Ok(())
}

fn at_run_time() -> Server {
    let prompt = Prompt::new("p", async |_: Context, arguments: PromptArguments| {
        arguments.get("a").map(str::to_owned).unwrap_or_default()
    });
    let prompt = prompt
        .argument(PromptArgument::new("a").required(true))
        .complete("a", |_: &str| ["x", "y"]);
    Server::new("s", "1").prompt(prompt)
}

#[tokio::test]
async fn prompts_known_at_run_time() -> Outcome {
    for client in clients(at_run_time).await? {
        let result = client.prompt("p", [("a", "b")]).await?;
        assert_eq!(result.messages[0].content.as_text(), Some("b"));
        let outcome = client.prompt("p", NOTHING).await;
        let message = "The arguments of `p` do not fit:\n- `a`: missing";
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, message);
        let outcome = client.prompt("p", [("a", "b"), ("c", "d")]).await;
        assert_refused(&outcome, ErrorCode::INVALID_PARAMS, "`c`");
        let p = CompletionReference::prompt("p");
        assert_eq!(client.complete(p, "a", "y", NOTHING).await?.values, ["y"]);
    }
    Ok(())
}

fn both() -> [PromptMessage; 2] {
    [PromptMessage::user("a"), PromptMessage::assistant("b")]
}

/// Prompts with all return types of closures.
fn forms() -> Server {
    Server::new("s", "1")
        .prompt(Prompt::new("text", async |_, _| "a"))
        .prompt(Prompt::new("cow", async |_, _| Cow::Borrowed("a")))
        .prompt(Prompt::new("message", async |_, _| PromptMessage::assistant("a")))
        .prompt(Prompt::new("array", async |_, _| both()))
        .prompt(Prompt::new("list", async |_, _| both().to_vec()))
        .prompt(Prompt::new("content", async |_, _| vec![Content::text("a")]))
        .prompt(Prompt::new("whole", async |_, _| GetPromptResult::new(both())))
        .prompt(Prompt::new("image", async |_, _| Image::new([0_u8], "image/png")))
        .prompt(Prompt::new("result", async |_, _| Ok::<_, std::fmt::Error>("a")))
}

#[tokio::test]
async fn messages_of_every_form() -> Outcome {
    let text = |role: &str, text: &str| json!({ "role": role, "content": { "type": "text", "text": text } });
    let one = || json!([text("user", "a")]);
    let both = || json!([text("user", "a"), text("assistant", "b")]);
    let image = json!({ "type": "image", "data": "AA==", "mimeType": "image/png" });
    for client in clients(forms).await? {
        for (name, expected) in [
            ("text", one()),
            ("cow", one()),
            ("message", json!([text("assistant", "a")])),
            ("array", both()),
            ("list", both()),
            ("content", one()),
            ("whole", both()),
            ("image", json!([{ "role": "user", "content": image }])),
            ("result", one()),
        ] {
            assert_json(&client.prompt(name, NOTHING).await?.messages, &expected);
        }
    }
    Ok(())
}
