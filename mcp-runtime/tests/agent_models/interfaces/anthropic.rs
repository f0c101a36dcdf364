//! Messages of Anthropic.

use mcp_runtime::providers::Provider;
use serde_json::json;

use super::{Interface, named};

const THINKING: &str = r#"{"type":"thinking","thinking":"Oslo?","signature":"Eq\/Q+é\u00e9=="}"#;
const REDACTED: &str = r#"{"type":"redacted_thinking","data":"EmwKAhgB\/+=="}"#;

fn message(content: &str, reason: &str) -> String {
    format!(
        r#"{{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[{content}],"stop_reason":"{reason}","stop_sequence":null,"usage":{{"input_tokens":8,"cache_read_input_tokens":3,"cache_creation_input_tokens":0,"output_tokens":7}}}}"#
    )
}

fn events(parts: &[&str], reason: &str) -> String {
    let mut events = vec![
        r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":8,"cache_read_input_tokens":3,"cache_creation_input_tokens":0,"output_tokens":1}}}"#,
        r#"{"type":"ping"}"#,
    ];
    events.extend(parts);
    let end = format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}","stop_sequence":null}},"usage":{{"output_tokens":7}}}}"#
    );
    events.extend([&*end, r#"{"type":"message_stop"}"#]);
    named(&events)
}

pub(crate) fn text_with(reason: &str) -> [String; 2] {
    [
        message(r#"{"type":"text","text":"Hello."}"#, reason),
        events(
            &[
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo."}}"#,
                r#"{"type":"content_block_stop","index":0}"#,
            ],
            reason,
        ),
    ]
}

fn calls() -> [String; 2] {
    [
        message(
            &format!(
                r#"{THINKING},{REDACTED},{{"type":"tool_use","id":"call_1","name":"get_weather","input":{{"city":"Oslo"}}}},{{"type":"tool_use","id":"call_2","name":"now","input":{{}}}}"#
            ),
            "tool_use",
        ),
        events(
            &[
                r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Oslo?"}}"#,
                r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq\/Q+é\u00e9=="}}"#,
                r#"{"type":"content_block_stop","index":0}"#,
                r#"{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwKAhgB\/+=="}}"#,
                r#"{"type":"content_block_stop","index":1}"#,
                r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"call_1","name":"get_weather","input":{}}}"#,
                r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
                r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Os"}}"#,
                r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"lo\"}"}}"#,
                r#"{"type":"content_block_stop","index":2}"#,
                r#"{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"call_2","name":"now","input":{}}}"#,
                r#"{"type":"content_block_stop","index":3}"#,
            ],
            "tool_use",
        ),
    ]
}

pub(crate) fn interface() -> Interface {
    Interface {
        provider: Provider::Anthropic,
        name: "anthropic::claude-sonnet-4-6",
        paths: ["/v1/messages", "/v1/messages"],
        key_header: ("x-api-key", ""),
        headers: &[("anthropic-version", "2023-06-01")],
        text: text_with("end_turn"),
        calls: calls(),
        signed: [&[THINKING, REDACTED], &[REDACTED]],
        refusal: [message("", "refusal"), events(&[], "refusal")],
        malformed: None,
        beginning: named(&[
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-6","content":[],"stop_reason":null,"usage":{"input_tokens":8,"output_tokens":1}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}"#,
        ]),
        idle_event: "event: ping\ndata: {\"type\":\"ping\"}\n\n",
        overloaded: "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"try later\"}}\n\n",
        first: json!({
            "model": "claude-sonnet-4-6",
            "max_tokens": 500,
            "temperature": 0.5,
            "system": "Be brief.",
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "What is the weather?" }] },
            ],
            "tools": [
                {
                    "name": "get_weather",
                    "description": "Get the weather of a city.",
                    "input_schema": {
                        "type": "object",
                        "properties": {
                            "city": { "type": "string" },
                            "days": { "type": "integer" },
                        },
                        "required": ["city"],
                        "additionalProperties": false,
                    },
                    "strict": true,
                },
                {
                    "name": "now",
                    "description": "Get the time.",
                    "input_schema": {
                        "type": "object",
                        "properties": {},
                        "additionalProperties": false,
                    },
                    "strict": true,
                },
            ],
        }),
        streamed: json!({ "stream": true }),
        second: json!({
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "What is the weather?" }] },
                {
                    "role": "assistant",
                    "content": [
                        { "type": "thinking", "thinking": "Oslo?", "signature": "Eq/Q+éé==" },
                        { "type": "redacted_thinking", "data": "EmwKAhgB/+==" },
                        {
                            "type": "tool_use",
                            "id": "call_1",
                            "name": "get_weather",
                            "input": { "city": "Oslo" },
                        },
                        { "type": "tool_use", "id": "call_2", "name": "now", "input": {} },
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "call_1",
                            "content": [
                                { "type": "text", "text": "Sunny" },
                                {
                                    "type": "image",
                                    "source": {
                                        "type": "base64",
                                        "media_type": "image/png",
                                        "data": "iVBORw==",
                                    },
                                },
                            ],
                        },
                        {
                            "type": "tool_result",
                            "tool_use_id": "call_2",
                            "content": [{ "type": "text", "text": "no clock" }],
                            "is_error": true,
                        },
                    ],
                },
            ],
        }),
    }
}
