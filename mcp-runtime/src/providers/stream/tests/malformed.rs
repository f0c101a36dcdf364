//! Malformed streams: each is an error with what came, or an answer.

use serde_json::{Value, json};

use super::{AnswerStream, answer, failure, read, stream};
use crate::providers::broken::broken;
use crate::providers::provider::Provider;

#[test]
fn a_stream_that_breaks_is_an_error() {
    for provider in Provider::ALL {
        let (events, _) = stream(provider);
        // In Chat Completions, the counts of tokens follow the end.
        let whole = events.len() - usize::from(provider == Provider::OpenAiChat);
        for end in 0..whole {
            let error = failure(provider, &events[..end]);
            assert!(error.is_incomplete(), "{error}");
            assert_eq!(error.status(), None);
            let error = error.to_string();
            assert!(error.starts_with("answer of the model: the stream ended before "), "{error}");
            assert!(error.ends_with("; send the request again"), "{error}");
        }
        assert_eq!(answer(provider, &events[..whole]).calls.len(), 2);
    }
}

#[test]
fn no_malformed_stream_panics() {
    let wrong = [
        json!(null),
        json!(7),
        json!(-1),
        json!(4_000_000_000_u64),
        json!(u64::MAX),
        json!(1e300),
        json!("text"),
        json!([]),
        json!([7]),
        json!({}),
        json!({ "type": 7 }),
    ];
    for provider in Provider::ALL {
        let (events, _) = stream(provider);
        let mut count = 0;
        let mut check = |events: &[String]| {
            count += 1;
            if let Err(error) = read(provider, events) {
                assert!(error.to_string().starts_with("answer of the model"), "{error}");
            }
        };
        for place in 0..events.len() {
            let mut changed = events.clone();
            changed.remove(place);
            check(&changed);
            changed = events.clone();
            changed.insert(place, events[place].clone());
            check(&changed);
            changed = events.clone();
            changed.swap(place, 0);
            check(&changed);
            let event: Value = serde_json::from_str(&events[place]).unwrap();
            for with in &wrong {
                for value in 0.. {
                    let Some(event) = broken(&event, &mut { value }, with) else { break };
                    changed = events.clone();
                    changed[place] = event.to_string();
                    check(&changed);
                }
            }
            changed = events.clone();
            let cut = changed[place].len() / 2;
            changed[place].truncate(cut);
            let error = failure(provider, &changed).to_string();
            assert!(error.contains("not JSON"), "{error}");
        }
        assert!(count > 500, "{count}");
    }
}

#[test]
fn malformed_events_are_errors_with_what_came() {
    let check = |provider, events: &[&str], expected: &str| {
        let error = failure(provider, events).to_string();
        assert_eq!(error, format!("answer of the model: {expected}"));
    };
    check(
        Provider::Anthropic,
        &[
            r#"{"type":"content_block_delta","index":4000000000,"delta":{"type":"text_delta","text":"a"}}"#,
        ],
        "index: expected a block that has begun, got an event of 4000000000",
    );
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text"}}"#;
    check(
        Provider::Anthropic,
        &[start, start],
        "index: expected a new block, got the block 0 once more",
    );
    check(
        Provider::Anthropic,
        &[
            start,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"content_block_stop","index":0}"#,
        ],
        "index: expected a block that has begun, got an event of 0",
    );
    check(
        Provider::Anthropic,
        &[r#"{"type":"content_block_start","index":-1,"content_block":{"type":"text"}}"#],
        "index: expected a whole number, got `-1`",
    );
    check(
        Provider::OpenAiChat,
        &[r#"{"choices":[{"delta":{"content":7}}]}"#],
        "choices[0].delta.content: expected a string, got `7`",
    );
    check(Provider::OpenAiChat, &["[DONE]"], "choices: expected a choice, got an empty array");
    check(
        Provider::OpenAiResponses,
        &[r#"{"type":"response.output_item.done","output_index":0}"#],
        "item: expected an object, got nothing",
    );
    check(
        Provider::Gemini,
        &[r#"{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}"#],
        "candidates[0].content.parts[0].functionCall.name: expected a string, got nothing",
    );
}

#[test]
fn errors_of_the_provider_end_streams() {
    let check = |provider, event: &str, status: Option<u16>| {
        let (mut events, _) = stream(provider);
        events.insert(2, event.to_owned());
        let error = failure(provider, &events);
        assert!(error.is_of_provider() && !error.is_incomplete());
        assert_eq!(error.status(), status, "{error}");
        assert!(error.to_string().contains("the provider failed: `{"), "{error}");
    };
    let overloaded =
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    check(Provider::Anthropic, overloaded, Some(529));
    let flat = r#"{"type":"error","code":"server_error","message":"Failed.","sequence_number":3}"#;
    check(Provider::OpenAiResponses, flat, Some(500));
    let failed = r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded"}}}"#;
    check(Provider::OpenAiResponses, failed, Some(429));
    check(Provider::OpenAiChat, r#"{"error":{"code":502,"message":"x"},"choices":[]}"#, Some(502));
    let unavailable = r#"{"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}"#;
    check(Provider::Gemini, unavailable, Some(503));

    let mut stream = AnswerStream::new(Provider::Anthropic);
    let error = stream.push(None, overloaded).unwrap_err();
    assert_eq!(stream.push(None, "{}").unwrap_err(), error);
    assert_eq!(stream.finish().unwrap_err(), error);
}

#[test]
fn streams_are_bounded() {
    let text = "x".repeat(1024 * 1024);
    let part = |provider| match provider {
        Provider::OpenAiResponses => json!({ "type": "response.output_item.done",
            "item": { "type": "message", "content": [{ "type": "output_text", "text": text }] } }),
        Provider::OpenAiChat => json!({ "choices": [{ "delta": { "content": text } }] }),
        Provider::Anthropic => json!({ "type": "content_block_delta", "index": 0,
            "delta": { "type": "text_delta", "text": text } }),
        Provider::Gemini => {
            json!({ "candidates": [{ "content": { "parts": [{ "text": text }] } }] })
        }
    };
    let start = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text"}}"#;
    for provider in Provider::ALL {
        let event = part(provider).to_string();
        let mut stream = AnswerStream::new(provider);
        if provider == Provider::Anthropic {
            stream.push(None, start).unwrap();
        }
        for _ in 0..15 {
            stream.push(None, &event).unwrap();
        }
        let error = [stream.push(None, &event), stream.push(None, &event)];
        let error = error.into_iter().find_map(Result::err).unwrap().to_string();
        assert_eq!(error, "answer of the model: expected at most 16777216 bytes, got more");
    }
    let calls = (0..4_097).map(|index| json!({ "index": index, "function": { "name": "f" } }));
    let calls: Vec<_> = calls.collect();
    let many = json!({ "choices": [{ "delta": { "tool_calls": calls } }] }).to_string();
    let error = failure(Provider::OpenAiChat, &[many]).to_string();
    assert_eq!(error, "answer of the model: expected at most 4096 parts, got more");
    let start = |index: u64| {
        json!({ "type": "content_block_start", "index": index * 1_000_000_000, "content_block": { "type": "text" } })
            .to_string()
    };
    let many: Vec<_> = (0..4_097).map(start).collect();
    let error = failure(Provider::Anthropic, &many).to_string();
    assert_eq!(error, "answer of the model: expected at most 4096 parts, got more");
}

#[test]
fn replaced_members_do_not_count() {
    let usage =
        json!({ "choices": [], "usage": { "prompt_tokens": 3, "note": "x".repeat(900_000) } });
    let usage = usage.to_string();
    let mut stream = AnswerStream::new(Provider::OpenAiChat);
    for _ in 0..40 {
        stream.push(None, &usage).unwrap();
    }
    let end = r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#;
    stream.push(None, end).unwrap();
    assert_eq!(stream.finish().unwrap().usage.input_tokens, 3);
}
