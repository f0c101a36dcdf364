//! Answers of each provider: as they should be, and malformed.

use serde_json::{Value, json};

use super::{Answer, Arguments, Stop};
use crate::providers::provider::Provider;

#[track_caller]
fn answer(provider: Provider, body: &Value) -> Answer {
    Answer::parse(provider, &body.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check(provider: Provider, body: Value, stop: Stop, calls: &[(&str, &str, &str)], text: &str) {
    let answer = answer(provider, &body);
    assert_eq!((answer.stop, &*answer.text), (stop, text));
    let found: Vec<_> = answer
        .calls
        .iter()
        .map(|call| {
            let arguments = match &call.arguments {
                Arguments::Object(raw) => raw.get().to_owned(),
                Arguments::Malformed(malformed) => format!("! {}", malformed.reason),
            };
            (call.id.clone().unwrap_or_default(), call.name.clone(), arguments)
        })
        .collect();
    let found: Vec<_> =
        found.iter().map(|(id, name, arguments)| (&**id, &**name, &**arguments)).collect();
    assert_eq!(found, calls);
}

pub(super) fn bodies() -> [(Provider, Value); 4] {
    [
        (
            Provider::OpenAiResponses,
            json!({ "status": "completed", "output": [
                { "type": "reasoning", "id": "r", "encrypted_content": "x" },
                { "type": "message", "content": [{ "type": "output_text", "text": "Adding." }] },
                { "type": "function_call", "call_id": "c1", "name": "add", "arguments": "{\"b\": 1, \"a\": 2}" },
                { "type": "function_call", "call_id": "c2", "name": "list", "arguments": "" },
            ] }),
        ),
        (
            Provider::OpenAiChat,
            json!({ "choices": [{ "finish_reason": "tool_calls", "message": {
                "role": "assistant", "content": "Adding.", "tool_calls": [
                    { "id": "c1", "type": "function", "function": { "name": "add", "arguments": "{\"b\": 1, \"a\": 2}" } },
                    { "id": "c2", "type": "function", "function": { "name": "list", "arguments": "null" } },
                ] } }] }),
        ),
        (
            Provider::Anthropic,
            json!({ "stop_reason": "tool_use", "content": [
                { "type": "thinking", "thinking": "Hm.", "signature": "s" },
                { "type": "text", "text": "Adding." },
                { "type": "tool_use", "id": "c1", "name": "add", "input": { "a": 2, "b": 1 } },
                { "type": "tool_use", "id": "c2", "name": "list", "input": {} },
            ] }),
        ),
        (
            Provider::Gemini,
            json!({ "candidates": [{ "finishReason": "STOP", "content": { "role": "model", "parts": [
                { "text": "Thinking.", "thought": true },
                { "text": "Adding." },
                { "functionCall": { "id": "c1", "name": "add", "args": { "a": 2, "b": 1 } }, "thoughtSignature": "s" },
                { "functionCall": { "id": "c2", "name": "list" } },
            ] } }] }),
        ),
    ]
}

#[test]
fn parallel_calls_are_read() {
    for (provider, body) in bodies() {
        let arguments = match provider {
            Provider::OpenAiResponses | Provider::OpenAiChat => r#"{"b": 1, "a": 2}"#,
            _ => r#"{"a":2,"b":1}"#,
        };
        let calls = [("c1", "add", arguments), ("c2", "list", "{}")];
        check(provider, body, Stop::ToolCalls, &calls, "Adding.");
    }
}

#[test]
fn history_is_returned_as_it_came() {
    for (provider, body) in bodies() {
        let history: Vec<Value> = answer(provider, &body)
            .history
            .iter()
            .map(|raw| serde_json::from_str(raw.get()).unwrap())
            .collect();
        let expected = match provider {
            Provider::OpenAiResponses => body["output"].as_array().unwrap().clone(),
            Provider::OpenAiChat => vec![body["choices"][0]["message"].clone()],
            Provider::Anthropic => vec![json!({ "role": "assistant", "content": body["content"] })],
            _ => vec![body["candidates"][0]["content"].clone()],
        };
        assert_eq!(history, expected);
    }
    // White space and the order of keys are part of what a signature covers.
    let text = r#"{"content": [{ "type":"thinking", "signature":"s","thinking":"é" }]}"#;
    let answer = Answer::parse(Provider::Anthropic, text).unwrap();
    assert!(
        answer.history[0]
            .get()
            .contains(r#"{ "type":"thinking", "signature":"s","thinking":"é" }"#)
    );
}

#[test]
fn arguments_that_are_no_object_go_back_to_the_model() {
    let call = |arguments: &str| {
        json!({ "status": "incomplete", "incomplete_details": { "reason": "max_output_tokens" },
            "output": [{ "type": "function_call", "call_id": "c", "name": "add", "arguments": arguments }] })
    };
    for (arguments, reason) in [
        (r#"{"a": 1"#, "not valid JSON"),
        ("[1]", "not a JSON object"),
        ("\"{}\"", "not a JSON object"),
        (r#"{"a":1} {"a":2}"#, "not valid JSON"),
        (&format!("{{\"a\":{}1{}}}", "[".repeat(122), "]".repeat(122)), "deep"),
    ] {
        let answer = answer(Provider::OpenAiResponses, &call(arguments));
        assert_eq!(answer.stop, Stop::TokenLimit);
        let Arguments::Malformed(malformed) = &answer.calls[0].arguments else {
            panic!("{arguments}")
        };
        assert!(malformed.reason.contains(reason), "{malformed}");
        assert!(malformed.to_string().contains("call the tool again"), "{malformed}");
    }
    let anthropic =
        json!({ "content": [{ "type": "tool_use", "id": "c", "name": "add", "input": "text" }] });
    check(
        Provider::Anthropic,
        anthropic,
        Stop::ToolCalls,
        &[("c", "add", "! not a JSON object")],
        "",
    );
}

#[test]
fn reasons_for_the_end_are_distinguished() {
    let anthropic = |reason: &str| {
        answer(Provider::Anthropic, &json!({ "content": [], "stop_reason": reason })).stop
    };
    assert_eq!(anthropic("end_turn"), Stop::Finished);
    assert_eq!(anthropic("max_tokens"), Stop::TokenLimit);
    assert_eq!(anthropic("model_context_window_exceeded"), Stop::TokenLimit);
    assert_eq!(anthropic("pause_turn"), Stop::Paused);
    assert_eq!(anthropic("refusal"), Stop::Refusal);
    assert_eq!(anthropic("later"), Stop::Other);
    let gemini = |reason: &str| {
        answer(Provider::Gemini, &json!({ "candidates": [{ "finishReason": reason }] })).stop
    };
    assert_eq!(gemini("STOP"), Stop::Finished);
    assert_eq!(gemini("MALFORMED_FUNCTION_CALL"), Stop::MalformedCall);
    assert_eq!(gemini("SAFETY"), Stop::ContentFilter);
    assert_eq!(gemini("TOO_MANY_TOOL_CALLS"), Stop::StepLimit);
    assert_eq!(gemini("MISSING_THOUGHT_SIGNATURE"), Stop::Failed);
    assert_eq!(gemini("UNEXPECTED_TOOL_CALL"), Stop::MalformedCall);
    assert_eq!(gemini("NEW"), Stop::Other);
    let blocked = json!({ "promptFeedback": { "blockReason": "SAFETY" } });
    check(Provider::Gemini, blocked, Stop::ContentFilter, &[], "");
    let response = |status: &str| {
        answer(Provider::OpenAiResponses, &json!({ "output": [], "status": status })).stop
    };
    assert_eq!(response("completed"), Stop::Finished);
    assert_eq!(response("queued"), Stop::Pending);
    assert_eq!(response("cancelled"), Stop::Failed);
    assert_eq!(response("incomplete"), Stop::Other);
    let incomplete = |reason: &str| {
        let details = json!({ "reason": reason });
        let body = json!({ "output": [], "status": "incomplete", "incomplete_details": details });
        answer(Provider::OpenAiResponses, &body).stop
    };
    assert_eq!(incomplete("max_output_tokens"), Stop::TokenLimit);
    assert_eq!(incomplete("max_messages"), Stop::StepLimit);
    assert_eq!(incomplete("content_filter"), Stop::ContentFilter);
    assert_eq!(incomplete("steered"), Stop::Other);
    let refusal = json!({ "output": [{ "type": "message", "content": [{ "type": "refusal", "refusal": "No." }] }] });
    check(Provider::OpenAiResponses, refusal, Stop::Refusal, &[], "No.");
    let chat = |reason: &str| {
        let message = json!({ "role": "assistant", "content": null });
        answer(
            Provider::OpenAiChat,
            &json!({ "choices": [{ "message": message, "finish_reason": reason }] }),
        )
        .stop
    };
    assert_eq!(chat("stop"), Stop::Finished);
    assert_eq!(chat("length"), Stop::TokenLimit);
    assert_eq!(chat("content_filter"), Stop::ContentFilter);
    let reason =
        answer(Provider::Anthropic, &json!({ "content": [], "stop_reason": "later" })).stop_reason;
    assert_eq!(reason.as_deref(), Some("later"));
}

#[test]
fn malformed_answers_are_errors_with_what_came() {
    let check = |provider, text: &str, expected: &str| {
        let error = Answer::parse(provider, text).unwrap_err().to_string();
        assert_eq!(error, expected);
    };
    check(
        Provider::OpenAiResponses,
        r#"{"output":[{"type":"function_call","name":"add"}]}"#,
        "answer of the model: output[0].call_id: expected a string, got nothing",
    );
    check(
        Provider::OpenAiChat,
        r#"{"choices":7}"#,
        "answer of the model: choices: expected an array, got `7`",
    );
    check(
        Provider::Anthropic,
        r#"{"type":"error","error":{"type":"overloaded_error"}}"#,
        "answer of the model: error: the provider failed: `{\"type\":\"overloaded_error\"}`",
    );
    check(
        Provider::Gemini,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":[]}]}}]}"#,
        "answer of the model: candidates[0].content.parts[0].functionCall: expected an object, got `[]`",
    );
}

#[test]
fn tokens_are_counted_the_same_for_all() {
    let check = |provider, member: &str, counts: Value, expected: [u64; 3]| {
        let mut body = bodies().into_iter().find(|(known, _)| *known == provider).unwrap().1;
        body[member] = counts;
        let usage = answer(provider, &body).usage;
        let found = [usage.input_tokens, usage.output_tokens, usage.cached_tokens];
        assert_eq!(found, expected, "{provider:?}");
    };
    let responses = json!({ "input_tokens": 10, "input_tokens_details": { "cached_tokens": 4 },
        "output_tokens": 7, "output_tokens_details": { "reasoning_tokens": 5 }, "total_tokens": 17 });
    check(Provider::OpenAiResponses, "usage", responses, [10, 7, 4]);
    let chat = json!({ "prompt_tokens": 10, "prompt_tokens_details": { "cached_tokens": 4 },
        "completion_tokens": 7, "total_tokens": 17 });
    check(Provider::OpenAiChat, "usage", chat, [10, 7, 4]);
    // xAI counts thoughts apart, DeepSeek its cache elsewhere.
    let compatible = json!({ "prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 30,
        "prompt_cache_hit_tokens": 3, "prompt_tokens_details": null });
    check(Provider::OpenAiChat, "usage", compatible, [10, 20, 3]);
    let anthropic = json!({ "input_tokens": 3, "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 4, "output_tokens": 7 });
    check(Provider::Anthropic, "usage", anthropic, [10, 7, 4]);
    let gemini = json!({ "promptTokenCount": 9, "toolUsePromptTokenCount": 1,
        "cachedContentTokenCount": 4, "candidatesTokenCount": 2, "thoughtsTokenCount": 5 });
    check(Provider::Gemini, "usageMetadata", gemini, [10, 7, 4]);
    let most =
        json!({ "input_tokens": u64::MAX, "cache_read_input_tokens": 4, "output_tokens": 1 });
    check(Provider::Anthropic, "usage", most, [u64::MAX, 1, 4]);
    for wrong in [json!(7), json!([]), json!({ "output_tokens": "7", "input_tokens": -1 })] {
        for (provider, _) in bodies() {
            let member = if provider == Provider::Gemini { "usageMetadata" } else { "usage" };
            check(provider, member, wrong.clone(), [0; 3]);
        }
    }
}

#[test]
fn errors_of_providers_have_their_status() {
    let status = |body: Value| {
        let error = Answer::parse(Provider::Gemini, &body.to_string()).unwrap_err();
        assert!(error.is_of_provider() && !error.is_incomplete());
        error.status()
    };
    assert_eq!(status(json!({ "error": { "type": "overloaded_error" } })), Some(529));
    assert_eq!(status(json!([{ "error": { "code": 503, "status": "UNAVAILABLE" } }])), Some(503));
    assert_eq!(status(json!({ "error": { "code": "rate_limit_exceeded" } })), Some(429));
    assert_eq!(status(json!({ "error": { "code": null, "type": "server_error" } })), Some(500));
    assert_eq!(status(json!({ "error": { "code": "502" } })), Some(502));
    assert_eq!(status(json!({ "error": { "code": 7, "type": [] } })), None);
    assert_eq!(status(json!({ "error": "text" })), None);
}
