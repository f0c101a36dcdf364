//! Conversations that go on after they were stored.

use mcp_runtime::agent::{Agent, AgentErrorKind, End, Message, Transcript};
use mcp_runtime::providers::Provider;
use serde_json::{Value, json};

use crate::kit::{adding, deleting, free, is_finished, server, stored};
use crate::model::{Reply, Script, calls, text};

#[tokio::test]
async fn a_conversation_has_several_messages() {
    let model = Script::new([calls(&[adding(1, 2)]), text("3"), text("You asked for 1 + 2.")]);
    let agent = free(&model).tools(server());
    let mut transcript = stored(&agent.run("1 + 2?").await.unwrap().transcript);
    transcript.push("What did I ask?");
    let outcome = agent.resume(transcript).await.unwrap();
    assert_eq!(outcome.text, "You asked for 1 + 2.");
    assert_eq!(model.seen()[2].messages.len(), 5);
}

#[tokio::test]
async fn there_is_nothing_to_do_after_an_answer() {
    let model = Script::new([text("Hi")]);
    let agent = free(&model);
    let first = agent.run("Hi").await.unwrap();
    let again = agent.resume(stored(&first.transcript)).await.unwrap();
    assert!(is_finished(&again));
    assert_eq!((again.text.as_str(), again.rounds), ("Hi", 0));
    let error = agent.resume(Transcript::new()).await.unwrap_err();
    assert!(matches!(error.kind(), AgentErrorKind::NoMessage), "{error}");
}

#[tokio::test]
async fn a_message_that_comes_while_calls_wait_follows_their_results() {
    let model = Script::new([calls(&[deleting(7)]), text("Done.")]);
    let agent = Agent::new(model.clone()).tools(server());
    let mut transcript = agent.run("Delete 7").await.unwrap().transcript;
    transcript.push("And be quick");
    assert!(transcript.approve("c0"));
    assert_eq!(agent.resume(transcript).await.unwrap().text, "Done.");
    let seen = &model.seen()[1].messages;
    assert!(
        matches!(seen[2], Message::Results(_)) && matches!(seen[3], Message::User(_)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn another_model_resumes_calls_of_the_first() {
    let model = Script::new([calls(&[deleting(7)])]);
    let outcome = Agent::new(model).tools(server()).run("Delete 7").await.unwrap();
    assert!(matches!(outcome.end, End::NeedsApproval(_)));
    let answer =
        json!({ "content": [{ "type": "text", "text": "Gone." }], "stop_reason": "end_turn" });
    let other = Script::of(Provider::Anthropic, [answer]);
    let outcome = free(&other).tools(server()).resume(stored(&outcome.transcript)).await.unwrap();
    assert_eq!(outcome.text, "Gone.");
    assert_eq!(other.results(0), ["deleted 7"]);
}

fn gemini(parts: Value) -> Value {
    json!({ "candidates": [{ "content": { "role": "model", "parts": parts }, "finishReason": "STOP" }] })
}

#[tokio::test]
async fn calls_without_identifiers_or_with_the_same_one_are_distinguished() {
    let call = |id: Option<&str>, note: u32| {
        let mut call = json!({ "name": "delete", "args": { "note": note } });
        if let Some(id) = id {
            call["id"] = json!(id);
        }
        json!({ "functionCall": call })
    };
    let turn = json!([
        call(None, 1),
        call(Some("x"), 2),
        call(Some("x"), 3),
        call(None, 4),
        call(Some("call_2_0"), 5)
    ]);
    let model = Script::of(Provider::Gemini, [gemini(turn), gemini(json!([{ "text": "Done." }]))]);
    let agent = Agent::new(model.clone()).tools(server());
    let outcome = agent.run("Go").await.unwrap();
    let mut transcript = stored(&outcome.transcript);
    let ids: Vec<_> = transcript.pending().map(|call| call.id.clone()).collect();
    let unique: std::collections::HashSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), unique.len()), (5, 5), "{ids:?}");
    // The identifier of the first call with it is that of the provider.
    assert_eq!((ids[1].as_str(), ids[4].as_str()), ("x", "call_2_0"));
    assert!(transcript.approve(&ids[2]));
    for id in [0, 1, 3, 4] {
        assert!(transcript.deny(&ids[id], "no"));
    }
    agent.resume(transcript).await.unwrap();
    let results = model.results(1);
    assert_eq!(results[2], "deleted 3");
    assert_eq!(results.iter().filter(|result| result.starts_with("! ")).count(), 4);
}

#[tokio::test]
async fn a_transcript_is_read_from_a_value_and_keeps_large_numbers() {
    let big = "123456789012345678901234567890";
    let model = Script::new([
        calls(&[("fail", json!(format!(r#"{{"reason":"x","n":{big}}}"#)))]),
        text("Hm."),
    ]);
    let outcome = free(&model).tools(server()).run("Go").await.unwrap();
    let text = serde_json::to_string(&outcome.transcript).unwrap();
    assert!(text.contains(big));
    assert!(serde_json::to_string(&stored(&outcome.transcript)).unwrap().contains(big));
    let value: Value = serde_json::from_str(&text).unwrap();
    let read: Transcript = serde_json::from_value(value).unwrap();
    assert_eq!(read.messages().len(), 4);
}

#[tokio::test]
async fn a_run_that_needs_approval_resumes_step_by_step() {
    let model = Script::new([calls(&[deleting(1), deleting(2)]), text("Done.")]);
    let agent = Agent::new(model.clone()).tools(server());
    let mut transcript = agent.run("Go").await.unwrap().transcript;
    transcript.approve("c0");
    let outcome = agent.resume(transcript).await.unwrap();
    let End::NeedsApproval(waiting) = &outcome.end else { panic!("{:?}", outcome.end) };
    assert_eq!(waiting.len(), 1);
    let mut transcript = stored(&outcome.transcript);
    transcript.approve("c1");
    assert_eq!(agent.resume(transcript).await.unwrap().text, "Done.");
    assert_eq!(model.results(1), ["deleted 1", "deleted 2"]);
}

#[tokio::test]
async fn the_model_is_not_called_while_calls_wait() {
    let model = Script::new([Reply::Body(calls(&[deleting(1)]))]);
    let agent = Agent::new(model.clone()).tools(server());
    let mut outcome = agent.run("Go").await.unwrap();
    for _ in 0..3 {
        outcome = agent.resume(stored(&outcome.transcript)).await.unwrap();
        assert!(matches!(outcome.end, End::NeedsApproval(_)));
        assert_eq!(outcome.rounds, 0);
    }
    assert_eq!(model.seen().len(), 1);
}
