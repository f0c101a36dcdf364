//! Streams of each provider: as they should be, of compatible servers, and malformed.

mod compatible;
mod corpus;
mod malformed;
mod whole;

use serde_json::{Value, json};

use super::{AnswerStream, Delta};
use crate::providers::answer::{Answer, AnswerError, Arguments};
use crate::providers::provider::Provider;

/// Reads events. Returns the answer and the deltas.
fn read(
    provider: Provider,
    events: &[impl AsRef<str>],
) -> Result<(Answer, Vec<Delta>), AnswerError> {
    let mut stream = AnswerStream::new(provider);
    let mut deltas = Vec::new();
    for event in events {
        deltas.extend(stream.push(None, event.as_ref())?);
    }
    Ok((stream.finish()?, deltas))
}

#[track_caller]
fn answer(provider: Provider, events: &[impl AsRef<str>]) -> Answer {
    read(provider, events).unwrap_or_else(|error| panic!("{error}")).0
}

#[track_caller]
fn failure(provider: Provider, events: &[impl AsRef<str>]) -> AnswerError {
    read(provider, events).err().unwrap_or_else(|| panic!("the stream is an answer"))
}

/// Calls as `id name arguments`, malformed arguments with a `!`.
fn calls(answer: &Answer) -> Vec<String> {
    let calls = answer.calls.iter().map(|call| {
        let arguments = match &call.arguments {
            Arguments::Object(raw) => raw.get().to_owned(),
            Arguments::Malformed(malformed) => format!("! {} {}", malformed.text, malformed.reason),
        };
        format!("{} {} {arguments}", call.id.as_deref().unwrap_or("-"), call.name)
    });
    calls.collect()
}

fn history(answer: &Answer) -> Vec<Value> {
    answer.history.iter().map(|raw| serde_json::from_str(raw.get()).unwrap()).collect()
}

/// Stream of two calls behind a text, and the body that it would be without streaming.
fn stream(provider: Provider) -> (Vec<String>, Value) {
    let (events, body) = match provider {
        Provider::OpenAiResponses => responses(),
        Provider::OpenAiChat => chat(),
        Provider::Anthropic => anthropic(),
        Provider::Gemini => gemini(),
    };
    (events.iter().map(|event| event.to_string()).collect(), body)
}

fn responses() -> (Vec<Value>, Value) {
    let reasoning =
        json!({ "id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAA=" });
    let part =
        json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": "Adding." });
    let message = json!({ "id": "msg_1", "type": "message", "status": "completed", "content": [part], "role": "assistant" });
    let call = |number: u64, name: &str, arguments: &str| {
        json!({ "id": format!("fc_{number}"), "type": "function_call", "status": "completed",
            "arguments": arguments, "call_id": format!("c{number}"), "name": name })
    };
    let [add, list] = [call(1, "add", r#"{"b": 1, "a": 2}"#), call(2, "list", "{}")];
    let usage = json!({ "input_tokens": 81, "input_tokens_details": { "cached_tokens": 64 },
        "output_tokens": 35, "output_tokens_details": { "reasoning_tokens": 20 }, "total_tokens": 116 });
    let body = json!({ "id": "resp_1", "object": "response", "status": "completed", "error": null,
        "incomplete_details": null, "model": "gpt-5.2-2026", "usage": usage,
        "output": [reasoning, message, add, list] });
    let mut begun = body.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    begun["usage"] = json!(null);
    let added = |index: u64, item: &Value| json!({ "type": "response.output_item.added", "output_index": index, "item": item });
    let done = |index: u64, item: &Value| json!({ "type": "response.output_item.done", "output_index": index, "item": item });
    let text = |delta: &str| {
        json!({ "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 1,
            "content_index": 0, "delta": delta, "logprobs": [], "obfuscation": "x" })
    };
    let arguments = |delta: &str| json!({ "type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 2, "delta": delta });
    let events = vec![
        json!({ "type": "response.created", "sequence_number": 0, "response": begun }),
        json!({ "type": "response.in_progress", "sequence_number": 1, "response": begun }),
        added(0, &json!({ "id": "rs_1", "type": "reasoning", "summary": [] })),
        json!({ "type": "response.reasoning_summary_part.added", "output_index": 0, "summary_index": 0, "part": { "type": "summary_text", "text": "" } }),
        json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "Hm." }),
        done(0, &reasoning),
        added(
            1,
            &json!({ "id": "msg_1", "type": "message", "status": "in_progress", "content": [], "role": "assistant" }),
        ),
        json!({ "type": "response.content_part.added", "output_index": 1, "part": { "type": "output_text", "text": "" } }),
        text("Add"),
        text("ing."),
        json!({ "type": "response.output_text.done", "output_index": 1, "text": "Adding." }),
        done(1, &message),
        added(
            2,
            &json!({ "type": "function_call", "call_id": "c1", "name": "add", "arguments": "" }),
        ),
        arguments(r#"{"b": 1,"#),
        arguments(r#" "a": 2}"#),
        json!({ "type": "response.function_call_arguments.done", "output_index": 2, "arguments": add["arguments"] }),
        done(2, &add),
        added(
            3,
            &json!({ "type": "function_call", "call_id": "c2", "name": "list", "arguments": "" }),
        ),
        done(3, &list),
        json!({ "type": "response.new_event", "output_index": "x" }),
        json!({ "type": "response.completed", "sequence_number": 20, "response": body }),
    ];
    (events, body)
}

fn chat() -> (Vec<Value>, Value) {
    let chunk = |delta: Value, reason: Value| {
        json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-5.2", "usage": null,
            "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason }] })
    };
    let call = |index: u64, part: Value| {
        let mut part = part;
        part["index"] = json!(index);
        chunk(json!({ "tool_calls": [part] }), Value::Null)
    };
    let function = |name: &str, arguments: &str| json!({ "name": name, "arguments": arguments });
    let usage = json!({ "prompt_tokens": 81, "completion_tokens": 35, "total_tokens": 116,
        "prompt_tokens_details": { "cached_tokens": 64 } });
    let calls = json!([
        { "id": "c1", "type": "function", "function": function("add", r#"{"b": 1, "a": 2}"#) },
        { "id": "c2", "type": "function", "function": function("list", "{}") },
    ]);
    let message = json!({ "role": "assistant", "content": "Adding.", "reasoning_content": "Hm.", "tool_calls": calls });
    let body = json!({ "model": "gpt-5.2", "usage": usage,
        "choices": [{ "index": 0, "message": message, "finish_reason": "tool_calls" }] });
    let begun = |id: &str, name: &str| json!({ "id": id, "type": "function", "function": function(name, "") });
    let more = |arguments: &str| json!({ "function": { "arguments": arguments } });
    let events = vec![
        chunk(
            json!({ "role": "assistant", "content": null, "reasoning_content": "Hm." }),
            Value::Null,
        ),
        chunk(json!({ "content": "Add" }), Value::Null),
        chunk(json!({ "content": "ing." }), Value::Null),
        call(0, begun("c1", "add")),
        call(0, more(r#"{"b": 1,"#)),
        call(1, begun("c2", "list")),
        call(0, more(r#" "a": 2}"#)),
        call(1, more("{}")),
        chunk(json!({}), json!("tool_calls")),
        json!({ "id": "chatcmpl-1", "model": "gpt-5.2", "choices": [], "usage": usage }),
    ];
    (events, body)
}

fn anthropic() -> (Vec<Value>, Value) {
    let start = |index: u64, block: &Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
    let delta = |index: u64, delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
    let stop = |index: u64| json!({ "type": "content_block_stop", "index": index });
    let json = |text: &str| json!({ "type": "input_json_delta", "partial_json": text });
    let call =
        |id: &str, name: &str| json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
    let redacted = json!({ "type": "redacted_thinking", "data": "EmwK" });
    let mut add = call("c1", "add");
    add["input"] = json!({ "b": 1, "a": 2 });
    let citation = json!({ "type": "char_location", "cited_text": "x", "document_index": 0, "document_title": null, "start_char_index": 0, "end_char_index": 1 });
    let body = json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-5",
        "content": [
            { "type": "thinking", "thinking": "Hm.", "signature": "EqQB" },
            redacted,
            { "type": "text", "text": "Adding.", "citations": [citation] },
            add,
            call("c2", "list"),
        ],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": { "input_tokens": 17, "cache_read_input_tokens": 64, "output_tokens": 35 } });
    let mut begun = body.clone();
    begun["content"] = json!([]);
    begun["stop_reason"] = json!(null);
    begun["usage"]["output_tokens"] = json!(1);
    let events = vec![
        json!({ "type": "message_start", "message": begun }),
        start(0, &json!({ "type": "thinking", "thinking": "", "signature": "" })),
        json!({ "type": "ping" }),
        delta(0, json!({ "type": "thinking_delta", "thinking": "H" })),
        delta(0, json!({ "type": "thinking_delta", "thinking": "m." })),
        delta(0, json!({ "type": "signature_delta", "signature": "EqQB" })),
        stop(0),
        start(1, &redacted),
        stop(1),
        start(2, &json!({ "type": "text", "text": "" })),
        delta(2, json!({ "type": "text_delta", "text": "Add" })),
        delta(2, json!({ "type": "citations_delta", "citation": citation })),
        delta(2, json!({ "type": "text_delta", "text": "ing." })),
        delta(2, json!({ "type": "new_delta", "new": 7 })),
        stop(2),
        start(3, &call("c1", "add")),
        delta(3, json("")),
        delta(3, json(r#"{"b": 1,"#)),
        delta(3, json(r#" "a": 2}"#)),
        stop(3),
        start(4, &call("c2", "list")),
        stop(4),
        json!({ "type": "message_delta", "delta": { "stop_reason": "tool_use", "stop_sequence": null },
            "usage": { "output_tokens": 35, "input_tokens": null } }),
        json!({ "type": "message_stop" }),
    ];
    (events, body)
}

fn gemini() -> (Vec<Value>, Value) {
    let call = |id: &str, name: &str, args: Value| json!({ "functionCall": { "id": id, "name": name, "args": args } });
    let mut add = call("c1", "add", json!({ "b": 1, "a": 2 }));
    add["thoughtSignature"] = json!("EqQB+w==");
    let list = call("c2", "list", json!({}));
    let usage = json!({ "promptTokenCount": 81, "cachedContentTokenCount": 64,
        "candidatesTokenCount": 15, "thoughtsTokenCount": 20, "totalTokenCount": 116 });
    let chunk = |parts: Value| {
        json!({ "candidates": [{ "content": { "parts": parts, "role": "model" }, "index": 0 }],
            "usageMetadata": { "promptTokenCount": 81 }, "modelVersion": "gemini-3", "responseId": "r" })
    };
    let mut last = chunk(json!([list]));
    last["candidates"][0]["finishReason"] = json!("STOP");
    last["usageMetadata"] = usage.clone();
    let mut body = chunk(json!([
        { "text": "Hm. Yes.", "thought": true }, { "text": "Adding." }, add, list,
    ]));
    body["candidates"][0]["finishReason"] = json!("STOP");
    body["usageMetadata"] = usage;
    let events = vec![
        chunk(json!([{ "text": "Hm. ", "thought": true }])),
        chunk(json!([{ "text": "Yes.", "thought": true }, { "text": "Add" }])),
        chunk(json!([{ "text": "ing." }])),
        chunk(json!([add])),
        last,
    ];
    (events, body)
}
