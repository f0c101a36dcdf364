//! Streams as they should be.

use serde_json::{Value, json};

use super::{AnswerStream, Delta, answer, calls, history, read, stream};
use crate::providers::answer::{Answer, Stop};
use crate::providers::provider::Provider;

fn text(text: &str) -> Delta {
    Delta::Text(text.to_owned())
}

#[test]
fn a_stream_is_the_answer_without_streaming() {
    for provider in Provider::ALL {
        let (events, body) = stream(provider);
        let (streamed, deltas) = read(provider, &events).unwrap();
        let whole = Answer::parse(provider, &body.to_string()).unwrap();
        assert_eq!(streamed.text, "Adding.");
        assert_eq!(streamed.text, whole.text);
        assert_eq!((streamed.stop, &streamed.stop_reason), (Stop::ToolCalls, &whole.stop_reason));
        assert_eq!(streamed.usage, whole.usage);
        let usage = whole.usage;
        assert_eq!([usage.input_tokens, usage.output_tokens, usage.cached_tokens], [81, 35, 64]);
        assert_eq!(streamed.model, whole.model);
        assert!(streamed.model.is_some());
        let values = |answer: &Answer| -> Vec<Value> {
            let calls = calls(answer).into_iter();
            calls
                .map(|call| {
                    serde_json::from_str(call.rsplit(" {").next().unwrap()).unwrap_or_default()
                })
                .collect()
        };
        assert_eq!(values(&streamed), values(&whole));
        assert_eq!(history(&streamed), history(&whole), "{provider:?}");
        let names = streamed.calls.iter().map(|call| (call.id.as_deref(), &*call.name));
        assert_eq!(names.collect::<Vec<_>>(), [(Some("c1"), "add"), (Some("c2"), "list")]);

        let call = |name: &str| Delta::Call(name.to_owned());
        let thoughts: String = deltas
            .iter()
            .filter_map(|delta| match delta {
                Delta::Thought(text) => Some(&**text),
                _ => None,
            })
            .collect();
        assert!(thoughts.starts_with("Hm."), "{thoughts}");
        let rest: Vec<_> =
            deltas.into_iter().filter(|delta| !matches!(delta, Delta::Thought(_))).collect();
        assert_eq!(rest, [text("Add"), text("ing."), call("add"), call("list")], "{provider:?}");
    }
}

#[test]
fn the_last_event_finishes_the_stream() {
    for provider in Provider::ALL {
        let (mut events, _) = stream(provider);
        if provider == Provider::OpenAiChat {
            events.push("[DONE]".to_owned());
        }
        let mut stream = AnswerStream::new(provider);
        for event in &events {
            assert!(!stream.is_finished());
            stream.push(None, event).unwrap();
        }
        assert_eq!(stream.is_finished(), provider != Provider::Gemini);
        if stream.is_finished() {
            assert_eq!(stream.push(None, "{").unwrap(), []);
        }
        assert_eq!(stream.finish().unwrap().calls.len(), 2);
    }
}

#[test]
fn signed_parts_keep_their_text() {
    let item = r#"{"type":"reasoning", "encrypted_content":"\u00e9é\/", "id":"r"}"#;
    let events = [
        format!(r#"{{"type":"response.output_item.done","output_index":0,"item":{item}}}"#),
        format!(r#"{{"type":"response.completed","response":{{"output":[{item}]}}}}"#),
    ];
    assert_eq!(answer(Provider::OpenAiResponses, &events).history[0].get(), item);
    let without = r#"{"type":"response.completed","response":{"status":"completed","output":[ ]}}"#;
    let events = [&*events[0], without];
    assert_eq!(answer(Provider::OpenAiResponses, &events).history[0].get(), item);

    let block = r#"{"data":"\u00e9é\/", "type":"redacted_thinking"}"#;
    let events = [
        &format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#),
        r#"{"type":"message_stop"}"#,
    ];
    let expected = format!(r#"{{"role":"assistant","content":[{block}]}}"#);
    assert_eq!(answer(Provider::Anthropic, &events).history[0].get(), expected);

    let part = r#"{"functionCall":{"name":"a", "args":{"z":1e400,"a":"\/"}}, "thoughtSignature":"\u002b=="}"#;
    let chunk =
        format!(r#"{{"candidates":[{{"content":{{"parts":[{part}]}},"finishReason":"STOP"}}]}}"#);
    let gemini = answer(Provider::Gemini, &[chunk]);
    assert_eq!(gemini.history[0].get(), format!(r#"{{"parts":[{part}],"role":"model"}}"#));
    assert_eq!(calls(&gemini), [r#"- a {"z":1e400,"a":"\/"}"#]);
}

#[test]
fn text_with_a_signature_stays_apart() {
    let chunk = |part: Value, reason: Value| {
        json!({ "candidates": [{ "content": { "parts": [part] }, "finishReason": reason }] })
            .to_string()
    };
    let events = [
        chunk(json!({ "text": "a" }), Value::Null),
        chunk(json!({ "text": "b" }), Value::Null),
        chunk(json!({ "text": "c", "thoughtSignature": "s" }), Value::Null),
        chunk(json!({ "text": "d" }), Value::Null),
        chunk(json!({ "text": "" }), Value::Null),
        chunk(json!({ "text": "", "thoughtSignature": "t" }), json!("STOP")),
    ];
    let answer = answer(Provider::Gemini, &events);
    assert_eq!(answer.text, "abcd");
    assert_eq!(
        history(&answer)[0]["parts"],
        json!([
            { "text": "ab" }, { "text": "c", "thoughtSignature": "s" }, { "text": "d" },
            { "text": "", "thoughtSignature": "t" },
        ])
    );
}

#[test]
fn arguments_that_are_cut_off_go_back_to_the_model() {
    let events = [
        r#"{"type":"message_start","message":{"role":"assistant","content":[]}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"s1","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"c0","name":"list","input":{}}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"add","input":{}}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":9}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    let anthropic = answer(Provider::Anthropic, &events);
    assert_eq!((anthropic.stop, anthropic.usage.output_tokens), (Stop::TokenLimit, 9));
    let calls_of = calls(&anthropic);
    assert_eq!(calls_of[0], "c0 list {}");
    assert!(calls_of[1].starts_with(r#"c1 add ! {"a": 1 not valid JSON"#), "{}", calls_of[1]);
    // The provider rejects input that is no object.
    let content = &history(&anthropic)[0]["content"];
    assert_eq!(content[0]["input"], json!({ "query": "x" }));
    assert_eq!(content[2]["input"], json!({ "INVALID_JSON": "{\"a\": 1" }));

    let chat = answer(
        Provider::OpenAiChat,
        &[
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"add","arguments":"{\"a\": 1"}}]},"finish_reason":"length"}]}"#,
        ],
    );
    assert_eq!(chat.stop, Stop::TokenLimit);
    assert!(calls(&chat)[0].starts_with(r#"c1 add ! {"a": 1 not valid JSON"#));
}

#[test]
fn the_names_of_events_count_where_the_data_has_no_type() {
    let mut stream = AnswerStream::new(Provider::Anthropic);
    let start = r#"{"index":0,"content_block":{"type":"text","text":"a"}}"#;
    assert_eq!(stream.push(Some("content_block_start"), start).unwrap(), [text("a")]);
    assert_eq!(stream.push(Some("ping"), "").unwrap(), []);
    stream.push(Some("message_stop"), "{}").unwrap();
    assert_eq!(stream.finish().unwrap().text, "a");
}

#[test]
fn refusals_and_filters_end_streams() {
    let refusal = answer(
        Provider::OpenAiChat,
        &[
            r#"{"choices":[{"delta":{"role":"assistant","content":null,"refusal":"No"}}]}"#,
            r#"{"choices":[{"delta":{"refusal":"."},"finish_reason":"stop"}]}"#,
        ],
    );
    assert_eq!((refusal.stop, &*refusal.text), (Stop::Refusal, "No."));
    let blocked = answer(
        Provider::Gemini,
        &[r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"#],
    );
    assert_eq!((blocked.stop, blocked.usage.input_tokens), (Stop::ContentFilter, 4));
    let filtered = answer(Provider::Gemini, &[r#"{"candidates":[{"finishReason":"SAFETY"}]}"#]);
    assert_eq!((filtered.stop, filtered.history.len()), (Stop::ContentFilter, 0));
    let incomplete = answer(
        Provider::OpenAiResponses,
        &[
            r#"{"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}"#,
        ],
    );
    assert_eq!(incomplete.stop, Stop::TokenLimit);
    let paused = answer(
        Provider::Anthropic,
        &[
            r#"{"type":"message_delta","delta":{"stop_reason":"pause_turn"}}"#,
            r#"{"type":"message_stop"}"#,
        ],
    );
    assert_eq!(paused.stop, Stop::Paused);
}
