//! Chat Completions of OpenAI.

use mcp_runtime::providers::Provider;
use serde_json::{Value, json};

use super::{Interface, unnamed};

const MESSAGE: &str = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\",\"days\":null}"}},{"id":"call_2","type":"function","function":{"name":"now","arguments":"{}"}}]}"#;
const USAGE: &str = r#"{"prompt_tokens":11,"prompt_tokens_details":{"cached_tokens":3},"completion_tokens":7,"total_tokens":18}"#;

fn completion(message: &str, reason: &str) -> String {
    format!(
        r#"{{"id":"cc_1","object":"chat.completion","model":"gpt-5.2-2026","choices":[{{"index":0,"message":{message},"finish_reason":"{reason}"}}],"usage":{USAGE}}}"#
    )
}

fn chunks(deltas: &[&str], reason: &str) -> String {
    let chunk = |delta: &str, reason: &str| {
        format!(
            r#"{{"id":"cc_1","object":"chat.completion.chunk","model":"gpt-5.2-2026","choices":[{{"index":0,"delta":{delta},"finish_reason":{reason}}}]}}"#
        )
    };
    let mut events: Vec<_> = deltas.iter().map(|delta| chunk(delta, "null")).collect();
    events.push(chunk("{}", &format!("\"{reason}\"")));
    events.push(format!(
        r#"{{"id":"cc_1","object":"chat.completion.chunk","model":"gpt-5.2-2026","choices":[],"usage":{USAGE}}}"#
    ));
    events.push("[DONE]".to_owned());
    unnamed(&events.iter().map(String::as_str).collect::<Vec<_>>())
}

pub(crate) fn interface() -> Interface {
    Interface {
        provider: Provider::OpenAiChat,
        name: "openai::gpt-5.2",
        paths: ["/v1/chat/completions", "/v1/chat/completions"],
        key_header: ("authorization", "Bearer "),
        headers: &[],
        text: [
            completion(r#"{"role":"assistant","content":"Hello."}"#, "stop"),
            chunks(&[r#"{"role":"assistant","content":"Hel"}"#, r#"{"content":"lo."}"#], "stop"),
        ],
        calls: [
            completion(MESSAGE, "tool_calls"),
            chunks(
                &[
                    r#"{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":""}}]}"#,
                    r#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":\"Os"}}]}"#,
                    r#"{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"now","arguments":"{}"}}]}"#,
                    r#"{"tool_calls":[{"index":0,"function":{"arguments":"lo\",\"days\":null}"}}]}"#,
                ],
                "tool_calls",
            ),
        ],
        signed: [&[MESSAGE], &[]],
        refusal: [
            completion(r#"{"role":"assistant","content":null,"refusal":"I cannot."}"#, "stop"),
            chunks(&[r#"{"role":"assistant","refusal":"I can"}"#, r#"{"refusal":"not."}"#], "stop"),
        ],
        malformed: Some([
            completion(
                r#"{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":"}}]}"#,
                "tool_calls",
            ),
            chunks(
                &[
                    r#"{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"get_weather","arguments":"{\"city\":"}}]}"#,
                ],
                "tool_calls",
            ),
        ]),
        beginning: unnamed(&[
            r#"{"id":"cc_1","choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null}]}"#,
        ]),
        idle_event: ": processing\n\n",
        overloaded: "data: {\"error\":{\"code\":503,\"message\":\"try later\"}}\n\n",
        first: json!({
            "model": "gpt-5.2",
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "What is the weather?" },
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "get_weather",
                        "description": "Get the weather of a city.",
                        "parameters": {
                            "type": "object",
                            "properties": {
                                "city": { "type": "string" },
                                "days": { "type": ["integer", "null"], "description": "Null leaves it out." },
                            },
                            "required": ["city", "days"],
                            "additionalProperties": false,
                        },
                        "strict": true,
                    },
                },
                {
                    "type": "function",
                    "function": {
                        "name": "now",
                        "description": "Get the time.",
                        "parameters": {
                            "type": "object",
                            "properties": {},
                            "required": [],
                            "additionalProperties": false,
                        },
                        "strict": true,
                    },
                },
            ],
            "max_completion_tokens": 500,
            "temperature": 0.5,
        }),
        streamed: json!({ "stream": true, "stream_options": { "include_usage": true } }),
        second: json!({
            "messages": [
                { "role": "system", "content": "Be brief." },
                { "role": "user", "content": "What is the weather?" },
                serde_json::from_str::<Value>(MESSAGE).unwrap(),
                {
                    "role": "tool",
                    "tool_call_id": "call_1",
                    "content": "Sunny\n[image: image/png, 4 bytes, not shown]",
                },
                { "role": "tool", "tool_call_id": "call_2", "content": "[tool error] no clock" },
            ],
        }),
    }
}
