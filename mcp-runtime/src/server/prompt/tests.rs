//! Listing, rendering and completing prompts.
// Generated code has every type begin at the same number of references.
#![allow(clippy::needless_borrow)]

use std::borrow::Cow;

use mcp_core::protocol::{Content, GetPromptResult, PromptArgument, PromptMessage};
use mcp_core::revision::Revision;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{DynamicMessages, Prompt, PromptArguments, PromptBuilder, PromptFuture};
use crate::__private::by_text::*;
use crate::server::component::{Component, Registration};
use crate::server::outcome::{Image, Returned};
use crate::server::text::{Text, TextCall, Texts};
use crate::server::trial::Trial;
use crate::server::{Completing, Context, Server};

#[derive(Clone, Copy, Debug, Deserialize)]
enum Language {
    Rust,
    Python,
}

type Rendered = Result<String, std::num::ParseIntError>;

async fn review(code: &str, language: Option<Language>, line: Cow<'_, str>) -> Rendered {
    let line: u32 = line.parse()?;
    Ok(format!("{code} {language:?} {line}"))
}

async fn lines(partial: String, completing: &Completing) -> Vec<String> {
    let code = completing.argument("code").unwrap_or_default();
    let _ = partial;
    (1..=code.len() * 60).map(|line| line.to_string()).collect()
}

/// What the attribute makes of `review`.
struct Review;

impl Component for Review {
    fn register(components: &mut Registration) {
        components.prompt(
            PromptBuilder::new("review", "Ask for a review.")
                .title("Review")
                .parameter((&&&&&Text::<&str>::new("code")).parameter().describe("The code"))
                .parameter((&&&&&Text::<Option<Language>>::new("language")).parameter())
                .parameter((&&&&&Text::<Cow<'_, str>>::new("line")).parameter().complete(lines))
                .messages((&Returned::<Rendered>::new()).messages())
                .handler(move |call: TextCall| -> PromptFuture {
                    Box::pin(async move {
                        let (code, language, line) = {
                            let inputs = Texts::read(&call);
                            let code = inputs.take(0, (&&&&&Text::<&str>::new("code")).parameter());
                            let language = inputs.take(
                                1,
                                (&&&&&Text::<Option<Language>>::new("language")).parameter(),
                            );
                            let line = inputs
                                .take(2, (&&&&&Text::<Cow<'_, str>>::new("line")).parameter());
                            match (code, language, line) {
                                (Some(code), Some(language), Some(line)) if inputs.fit() => {
                                    (code, language, line)
                                }
                                _ => return inputs.refusal(),
                            }
                        };
                        let result = review(code, language, line).await;
                        (&Returned::<Rendered>::new()).messages().reply(&call, result)
                    })
                }),
        );
    }
}

fn get(arguments: Value) -> Value {
    let trial = Trial::of(Server::new("s", "1").with::<Review>());
    trial.ask("prompts/get", json!({ "name": "review", "arguments": arguments }))
}

#[test]
fn a_prompt_is_listed_with_its_arguments() {
    let trial = Trial::of(Server::new("s", "1").with::<Review>());
    assert_eq!(
        trial.ask("prompts/list", json!({}))["prompts"],
        json!([{
            "name": "review",
            "title": "Review",
            "description": "Ask for a review.",
            "arguments": [
                { "name": "code", "description": "The code", "required": true },
                { "name": "language", "required": false },
                { "name": "line", "required": true },
            ],
        }])
    );
}

#[test]
fn texts_become_arguments() {
    let answer = |text: &str| {
        json!({
            "description": "Ask for a review.",
            "messages": [{ "role": "user", "content": { "type": "text", "text": text } }],
        })
    };
    assert_eq!(
        get(json!({ "code": "x", "language": "Rust", "line": "3" })),
        answer("x Some(Rust) 3")
    );
    // Hosts send what their user left empty as an empty text.
    assert_eq!(get(json!({ "code": "", "language": "", "line": "3" })), answer(" None 3"));
}

#[test]
fn what_does_not_fit_is_told_at_once() {
    let answer = get(json!({ "language": "rust", "line": 3, "lines": "3" }));
    assert_eq!(answer["code"], -32602);
    assert_eq!(
        answer["message"],
        "The arguments of `review` do not fit:\n\
         - `line`: expected a string, as in all prompts\n\
         - `lines`: unknown argument; did you mean `line`?\n\
         - `code`: missing; expected a string\n\
         - `language`: expected `Rust` or `Python`, got \"rust\"; did you mean `Rust`?"
    );
    let answer = get(json!({ "code": "x", "line": "x" }));
    assert_eq!(answer, json!({ "code": -32603, "message": "invalid digit found in string" }));
}

#[test]
fn a_prompt_that_is_not_there() {
    let trial = Trial::of(Server::new("s", "1").with::<Review>());
    let answer = trial.ask("prompts/get", json!({ "name": "reveiw" }));
    assert_eq!(
        answer,
        json!({ "code": -32602, "message": "unknown prompt: reveiw; did you mean `review`?" })
    );
    assert_eq!(trial.ask("prompts/get", json!({}))["code"], -32602);
    let wrong = json!({ "name": "review", "arguments": [] });
    assert_eq!(trial.ask("prompts/get", wrong)["code"], -32602);
}

#[test]
fn completers_see_the_other_arguments() {
    let trial = Trial::of(Server::new("s", "1").with::<Review>());
    let complete = |argument: Value| {
        let answer = trial.ask(
            "completion/complete",
            json!({
                "ref": { "type": "ref/prompt", "name": "review" },
                "argument": argument,
                "context": { "arguments": { "code": "ab" } },
            }),
        );
        answer["completion"].clone()
    };
    let all = complete(json!({ "name": "line", "value": "" }));
    assert_eq!(all["values"].as_array().unwrap().len(), 100);
    assert_eq!((&all["total"], &all["hasMore"]), (&json!(120), &json!(true)));
    let some = complete(json!({ "name": "line", "value": "12" }));
    assert_eq!(some, json!({ "values": ["12", "120"], "total": 2, "hasMore": false }));
    let enums = complete(json!({ "name": "language", "value": "p" }));
    assert_eq!(enums["values"], json!(["Python"]));
}

#[test]
fn only_what_can_be_completed_is_advertised() {
    let capabilities = |server: Server| {
        let trial = Trial::of(server);
        let found = trial.ask("server/discover", json!({}))["capabilities"].clone();
        let answer = trial.ask("completion/complete", json!({}));
        (found.get("completions").is_some(), found.get("prompts").is_some(), answer["code"].clone())
    };
    let plain = Prompt::new("p", async |_, _| "x");
    assert_eq!(capabilities(Server::new("s", "1")), (false, false, json!(-32601)));
    assert_eq!(capabilities(Server::new("s", "1").prompt(plain)), (false, true, json!(-32601)));
    assert_eq!(capabilities(Server::new("s", "1").with::<Review>()), (true, true, json!(-32602)));
}

fn check<R: DynamicMessages<Via>, Via>(value: R, expected: Value) {
    let result = value.into_reply().unwrap();
    assert_eq!(serde_json::to_value(&result.messages).unwrap(), expected);
}

#[test]
fn messages_of_every_form() {
    let text = |role: &str, text: &str| json!({ "role": role, "content": { "type": "text", "text": text } });
    check("a", json!([text("user", "a")]));
    check(Cow::Borrowed("a"), json!([text("user", "a")]));
    check(PromptMessage::assistant("a"), json!([text("assistant", "a")]));
    let both = || [PromptMessage::user("a"), PromptMessage::assistant("b")];
    check(both(), json!([text("user", "a"), text("assistant", "b")]));
    check(both().to_vec(), json!([text("user", "a"), text("assistant", "b")]));
    check(vec![Content::text("a")], json!([text("user", "a")]));
    check(GetPromptResult::new(both()), json!([text("user", "a"), text("assistant", "b")]));
    check(
        Image::new([0_u8], "image/png"),
        json!([{
            "role": "user",
            "content": { "type": "image", "data": "AA==", "mimeType": "image/png" },
        }]),
    );
    check(Ok::<_, std::fmt::Error>("a"), json!([text("user", "a")]));
}

#[test]
fn content_that_a_revision_lacks_becomes_text() {
    let prompt = Prompt::new("p", async |_, _| Content::audio([0_u8], "audio/wav"));
    let trial = Trial::of(Server::new("s", "1").prompt(prompt));
    let answer = trial.ask_in(Revision::V2024_11_05, "prompts/get", json!({ "name": "p" }));
    assert_eq!(answer["messages"][0]["content"]["text"], "[audio, audio/wav]");
}

#[test]
fn prompts_known_at_run_time() {
    let prompt = Prompt::new("p", async |_: Context, arguments: PromptArguments| {
        arguments.get("a").map(str::to_owned).unwrap_or_default()
    });
    let prompt = prompt
        .argument(PromptArgument::new("a").with_required(true))
        .complete("a", |_: &str| ["x", "y"]);
    let trial = Trial::of(Server::new("s", "1").prompt(prompt));
    let get =
        |arguments: Value| trial.ask("prompts/get", json!({ "name": "p", "arguments": arguments }));
    assert_eq!(get(json!({ "a": "b" }))["messages"][0]["content"]["text"], "b");
    let message = get(json!({}))["message"].clone();
    assert_eq!(message, "The arguments of `p` do not fit:\n- `a`: missing");
    assert_eq!(get(json!({ "a": "b", "c": "d" }))["code"], -32602);
}

#[test]
fn prompts_are_checked_when_the_server_is_built() {
    let wrong = Prompt::new("p q", async |_, _| "x")
        .argument(PromptArgument::new("a"))
        .argument(PromptArgument::new("a"))
        .complete("b", |_: &str| ["x"]);
    assert_eq!(
        Server::new("s", "1").prompt(wrong).build().err().unwrap().reasons(),
        [
            "prompt `p q`: its name contains ' '; allowed are ASCII letters, digits, `_`, `-` and `.`",
            "prompt `p q`: two parameters are named `a`",
            "prompt `p q`: there is no argument `b` to complete",
        ]
    );
    let twice = Server::new("s", "1")
        .prompt(Prompt::new("p", async |_, _| "x"))
        .prompt(Prompt::new("p", async |_, _| "x"));
    let reasons = twice.build().err().unwrap();
    assert_eq!(reasons.reasons(), ["two prompts are named `p`; give one another `name`"]);
}
