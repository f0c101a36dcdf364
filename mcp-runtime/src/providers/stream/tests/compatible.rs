//! Streams of servers that are compatible with Chat Completions or Responses.

use serde_json::json;

use super::{Delta, answer, calls, failure, history, read};
use crate::providers::answer::Stop;
use crate::providers::provider::Provider;

fn chunk(delta: &str) -> String {
    format!(r#"{{"choices":[{{"delta":{delta}}}]}}"#)
}

/// Parts of calls, and the calls.
#[track_caller]
fn check(parts: &[&str], expected: &[&str]) {
    let parts = parts.iter().map(|part| chunk(&format!(r#"{{"tool_calls":[{part}]}}"#)));
    let events: Vec<_> = parts.chain(["[DONE]".to_owned()]).collect();
    assert_eq!(calls(&answer(Provider::OpenAiChat, &events)), expected);
}

#[test]
fn calls_are_put_together() {
    // Whole calls without an index, or all with the same one.
    let whole = [
        r#"{"id":"c1","function":{"name":"add","arguments":"{\"a\":1}"}}"#,
        r#"{"id":"c2","function":{"name":"add","arguments":"{\"a\":2}"}}"#,
    ];
    let two = [r#"c1 add {"a":1}"#, r#"c2 add {"a":2}"#];
    check(&whole, &two);
    check(&whole.map(|part| &*part.replacen('{', r#"{"index":0,"#, 1).leak()), &two);
    check(&[&whole.join(",")], &two);
    // Neither index nor identifier.
    check(
        &[
            r#"{"function":{"name":"add","arguments":"{\"a\":"}}"#,
            r#"{"function":{"arguments":"1}"}}"#,
            r#"{"function":{"name":"add","arguments":{"a": 2}}}"#,
        ],
        &[r#"call_0 add {"a":1}"#, r#"call_1 add {"a": 2}"#],
    );
    // The identifier in each part, another one in each part, and the name in each part.
    for ids in [["c1", "c1"], ["c1", "x"]] {
        let parts = [
            format!(r#"{{"id":"{}","function":{{"name":"add","arguments":"{{\"a\":"}}}}"#, ids[0]),
            format!(r#"{{"id":"{}","function":{{"arguments":"1}}"}}}}"#, ids[1]),
        ];
        check(&[&parts[0], &parts[1]], &[r#"c1 add {"a":1}"#]);
    }
    check(
        &[
            r#"{"index":0,"id":"c1","function":{"name":"add","arguments":"{\"a\":"}}"#,
            r#"{"index":0,"id":"","function":{"name":"add","arguments":"1}"}}"#,
        ],
        &[r#"c1 add {"a":1}"#],
    );
    // The order of the indexes, and no arguments at all.
    check(
        &[
            r#"{"index":4000000000,"id":"c2","function":{"name":"list"}}"#,
            r#"{"index":1,"id":"c1","function":{"name":"list","arguments":null}}"#,
        ],
        &["c1 list {}", "c2 list {}"],
    );
    let error = failure(
        Provider::OpenAiChat,
        &[chunk(r#"{"tool_calls":[{"function":{"arguments":"1}"}}]}"#)],
    );
    assert_eq!(
        error.to_string(),
        "answer of the model: choices[0].delta.tool_calls[0].function: expected the begin of a \
         call, got a part of one"
    );
}

#[test]
fn members_that_are_not_known_stay_in_the_message() {
    let events = [
        r#"{"choices":[{"delta":{"role":"assistant","content":"a","annotations":[{"n":1}],"audio":{"id":"x"}}}]}"#,
        r#"{"choices":[{"delta":{"annotations":[{"n":2}],"audio":{"id":"y"},"reasoning":"Hm","reasoning_content":"Hm"}}]}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"s+/="}}}]}}]}"#,
        r#"{"choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
    ];
    let (answer, deltas) = read(Provider::OpenAiChat, &events).unwrap();
    assert_eq!(
        history(&answer)[0],
        json!({ "role": "assistant", "content": "a", "annotations": [{ "n": 1 }, { "n": 2 }],
            "audio": { "id": "y" }, "reasoning": "Hm", "reasoning_content": "Hm", "tool_calls": [
                { "id": "c", "type": "function", "function": { "name": "f", "arguments": "{}" },
                  "extra_content": { "google": { "thought_signature": "s+/=" } } },
            ] })
    );
    assert_eq!(answer.stop, Stop::ToolCalls);
    let thoughts = deltas.iter().filter(|delta| matches!(delta, Delta::Thought(_)));
    assert_eq!(thoughts.count(), 1);
}

#[test]
fn content_may_be_a_list() {
    let events = [
        chunk(r#"{"content":"a"}"#),
        chunk(r#"{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"b"}]}"#),
        chunk(r#"{"content":"c"}"#),
        "[DONE]".to_owned(),
    ];
    let (answer, deltas) = read(Provider::OpenAiChat, &events).unwrap();
    assert_eq!(answer.text, "abc");
    assert_eq!(deltas.len(), 3);
    let text = |text: &str| json!({ "type": "text", "text": text });
    assert_eq!(
        history(&answer)[0]["content"],
        json!([text("a"), { "type": "thinking", "thinking": [] }, text("b"), text("c")])
    );
}

#[test]
fn whole_messages_are_read_as_parts() {
    let chat = r#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}"#;
    let chat = answer(Provider::OpenAiChat, &[chat]);
    assert_eq!((&*chat.text, chat.usage.input_tokens), ("a", 3));
    let items = [
        r#"{"type":"response.output_item.done","item":{"type":"message","content":[{"type":"output_text","text":"a"}]}}"#,
        r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}}"#,
        r#"{"type":"response.completed","response":{"status":"completed"}}"#,
        "[DONE]",
    ];
    let (responses, deltas) = read(Provider::OpenAiResponses, &items).unwrap();
    assert_eq!((&*responses.text, responses.calls.len()), ("a", 1));
    assert_eq!(deltas, [Delta::Text("a".to_owned()), Delta::Call("f".to_owned())]);
}
