//! Reasons for which answers end.

use mcp_runtime::agent::{AgentErrorKind, End, ModelError, ModelErrorKind};
use mcp_runtime::providers::Provider;
use serde_json::{Value, json};

use crate::kit::{adding, deleting, free, is_finished, server};
use crate::model::{Reply, Script, calling, calls, stopped, text};

#[tokio::test]
async fn a_paused_turn_continues_without_a_message() {
    let answer = |text: &str, stop: &str| {
        json!({
            "content": [{ "type": "text", "text": text }], "stop_reason": stop,
        })
    };
    let model = Script::of(
        Provider::Anthropic,
        [answer("I search", "pause_turn"), answer("Found.", "end_turn")],
    );
    let outcome = free(&model).run("Search").await.unwrap();
    assert!(is_finished(&outcome));
    assert_eq!((outcome.text.as_str(), outcome.rounds), ("Found.", 2));
    assert_eq!(model.seen()[1].messages.len(), 2);
    assert_eq!(outcome.transcript.messages().len(), 3);
}

#[tokio::test]
async fn a_model_that_pauses_for_ever_reaches_the_limit_of_rounds() {
    let pause =
        || json!({ "content": [{ "type": "text", "text": "…" }], "stop_reason": "pause_turn" });
    let model = Script::of(Provider::Anthropic, std::iter::repeat_with(pause).take(4));
    let outcome = free(&model).max_rounds(4).run("Search").await.unwrap();
    assert!(matches!(outcome.end, End::Limit(_)), "{:?}", outcome.end);
}

fn malformed() -> Value {
    json!({ "candidates": [{ "finishReason": "MALFORMED_FUNCTION_CALL" }] })
}

fn gemini(text: &str) -> Value {
    json!({ "candidates": [{ "content": { "parts": [{ "text": text }] }, "finishReason": "STOP" }] })
}

#[tokio::test]
async fn calls_that_the_provider_could_not_read_are_retried() {
    let model = Script::of(Provider::Gemini, [malformed(), malformed(), gemini("Fine.")]);
    let outcome = free(&model).run("Go").await.unwrap();
    assert_eq!((outcome.text.as_str(), outcome.rounds), ("Fine.", 3));
    // Nothing of them is in the conversation.
    assert_eq!(model.seen()[2].messages.len(), 1);

    let model = Script::of(Provider::Gemini, [malformed(), malformed(), malformed()]);
    let error = free(&model).run("Go").await.unwrap_err();
    assert!(error.to_string().contains("3 answers in a row"), "{error}");
    assert_eq!(error.transcript().messages().len(), 1);
}

#[tokio::test]
async fn calls_of_an_answer_that_is_cut_off_are_not_made() {
    let cut = stopped(calling(&[adding(1, 2), deleting(3)]), "length");
    let model = Script::new([cut, text("Again.")]);
    let agent = free(&model).tools(server());
    let outcome = agent.run("Go").await.unwrap();
    assert!(matches!(outcome.end, End::TokenLimit), "{:?}", outcome.end);
    // The calls have results, so that the conversation can be gone on with.
    let outcome = agent.resume(outcome.transcript).await.unwrap();
    assert!(is_finished(&outcome));
    let results = model.results(1);
    assert!(results.len() == 2 && results.iter().all(|it| it.contains("cut off")), "{results:?}");
}

#[tokio::test]
async fn ends_of_answers_end_the_run() {
    let message = || json!({ "content": "So far" });
    for (answer, expected) in [
        (stopped(message(), "length"), End::TokenLimit),
        (stopped(message(), "content_filter"), End::ContentFilter),
        (stopped(json!({ "content": null, "refusal": "No." }), "stop"), End::Refused),
        (stopped(calling(&[deleting(1)]), "content_filter"), End::ContentFilter),
        (stopped(message(), "new_reason"), End::Finished),
    ] {
        let model = Script::new([answer.clone()]);
        let outcome = free(&model).tools(server()).run("Go").await.unwrap();
        let same = std::mem::discriminant(&outcome.end) == std::mem::discriminant(&expected);
        assert!(same, "{answer}: {:?}", outcome.end);
    }
}

#[tokio::test]
async fn calls_are_made_whatever_the_reason_says() {
    for reason in ["stop", "tool_calls", "function_call", "new_reason"] {
        let model = Script::new([stopped(calling(&[adding(1, 2)]), reason), text("3")]);
        let outcome = free(&model).tools(server()).run("Go").await.unwrap();
        assert_eq!((outcome.text.as_str(), model.results(1)), ("3", vec!["3".to_owned()]));
    }
}

#[tokio::test]
async fn an_error_of_the_model_keeps_the_conversation() {
    let down = ModelError::new(ModelErrorKind::Status(500), "overloaded");
    let model = Script::new([
        Reply::Body(calls(&[adding(1, 2)])),
        Reply::Error(down),
        Reply::Body(text("3")),
    ]);
    let agent = free(&model).tools(server());
    let error = agent.run("Go").await.unwrap_err();
    let AgentErrorKind::Model(kind) = error.kind() else { panic!("{error}") };
    assert_eq!(kind.kind(), ModelErrorKind::Status(500));
    assert_eq!(error.transcript().messages().len(), 3);
    let outcome = agent.resume(error.into_transcript()).await.unwrap();
    assert_eq!(outcome.text, "3");
    assert!(model.is_at_its_end());
}

#[tokio::test]
async fn an_answer_that_is_not_complete_is_an_error() {
    let answer = json!({ "status": "queued", "output": [] });
    let model = Script::of(Provider::OpenAiResponses, [answer]);
    let error = free(&model).run("Go").await.unwrap_err();
    assert!(error.to_string().contains("expected a complete answer"), "{error}");
}
