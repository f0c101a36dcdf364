//! `generateContent` of Gemini.

use mcp_runtime::providers::Provider;
use serde_json::{Value, json};

use super::{Interface, unnamed};

const CALL: &str = r#"{"functionCall":{"id":"call_1","name":"get_weather","args":{"city":"Oslo","days":12345678901234567890123}},"thoughtSignature":"Cq\/4B+é\u00e9=="}"#;
const OTHER_CALL: &str = r#"{"functionCall":{"id":"call_2","name":"now","args":{}}}"#;
const USAGE: &str = r#""usageMetadata":{"promptTokenCount":11,"cachedContentTokenCount":3,"candidatesTokenCount":5,"thoughtsTokenCount":2,"totalTokenCount":18},"modelVersion":"gemini-3-flash-001""#;

fn body(parts: &str, reason: Option<&str>) -> String {
    let reason = reason.map(|reason| format!(r#","finishReason":"{reason}""#)).unwrap_or_default();
    format!(
        r#"{{"candidates":[{{"content":{{"parts":[{parts}],"role":"model"}}{reason},"index":0}}],{USAGE}}}"#
    )
}

fn answers(parts: &[&str], reason: &str) -> [String; 2] {
    let (last, others) = parts.split_last().unwrap();
    let mut events: Vec<_> = others.iter().map(|part| body(part, None)).collect();
    events.push(body(last, Some(reason)));
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    [body(&parts.join(","), Some(reason)), unnamed(&events)]
}

pub(crate) fn interface() -> Interface {
    let filtered =
        format!(r#"{{"promptFeedback":{{"blockReason":"PROHIBITED_CONTENT"}},{USAGE}}}"#);
    Interface {
        provider: Provider::Gemini,
        name: "gemini::gemini-3-flash",
        paths: [
            "/v1beta/models/gemini-3-flash:generateContent",
            "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse",
        ],
        key_header: ("x-goog-api-key", ""),
        headers: &[],
        text: answers(&[r#"{"text":"Hel"}"#, r#"{"text":"lo."}"#], "STOP"),
        calls: answers(&[CALL, OTHER_CALL], "STOP"),
        signed: [&[CALL, OTHER_CALL], &[CALL, OTHER_CALL]],
        refusal: [filtered.clone(), unnamed(&[&*filtered])],
        malformed: None,
        beginning: unnamed(&[&*body(r#"{"text":"Hel"}"#, None)]),
        idle_event: ": idle\n\n",
        overloaded: "data: {\"error\":{\"code\":503,\"message\":\"try later\",\"status\":\"UNAVAILABLE\"}}\n\n",
        first: json!({
            "systemInstruction": { "parts": [{ "text": "Be brief." }] },
            "contents": [{ "role": "user", "parts": [{ "text": "What is the weather?" }] }],
            "tools": [{
                "functionDeclarations": [
                    {
                        "name": "get_weather",
                        "description": "Get the weather of a city.",
                        "parametersJsonSchema": {
                            "type": "object",
                            "properties": {
                                "city": { "type": "string" },
                                "days": { "type": "integer" },
                            },
                            "required": ["city"],
                        },
                    },
                    {
                        "name": "now",
                        "description": "Get the time.",
                        "parametersJsonSchema": { "type": "object", "properties": {} },
                    },
                ],
            }],
            "generationConfig": { "maxOutputTokens": 500, "temperature": 0.5 },
        }),
        streamed: Value::Null,
        second: json!({
            "contents": [
                { "role": "user", "parts": [{ "text": "What is the weather?" }] },
                {
                    "role": "model",
                    "parts": [
                        serde_json::from_str::<Value>(CALL).unwrap(),
                        serde_json::from_str::<Value>(OTHER_CALL).unwrap(),
                    ],
                },
                {
                    "role": "user",
                    "parts": [
                        {
                            "functionResponse": {
                                "id": "call_1",
                                "name": "get_weather",
                                "response": { "output": "Sunny" },
                                "parts": [
                                    { "inlineData": { "mimeType": "image/png", "data": "iVBORw==" } },
                                ],
                            },
                        },
                        {
                            "functionResponse": {
                                "id": "call_2",
                                "name": "now",
                                "response": { "error": "no clock" },
                            },
                        },
                    ],
                },
            ],
        }),
    }
}
