//! Responses of OpenAI.

use mcp_runtime::providers::Provider;
use serde_json::json;

use super::{Interface, named};

const REASONING: &str =
    r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gA\/é\u00e9+=="}"#;
const CALL: &str = r#"{"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"{\"city\":\"Oslo\",\"days\":null}","status":"completed"}"#;
const OTHER_CALL: &str = r#"{"type":"function_call","id":"fc_2","call_id":"call_2","name":"now","arguments":"{}","status":"completed"}"#;
const MALFORMED_CALL: &str = r#"{"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"{\"city\":","status":"completed"}"#;
const TEXT: &str = r#"{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Hello.","annotations":[]}]}"#;
const REFUSAL: &str = r#"{"type":"message","id":"msg_1","role":"assistant","status":"completed","content":[{"type":"refusal","refusal":"I cannot."}]}"#;
const USAGE: &str = r#"{"input_tokens":11,"input_tokens_details":{"cached_tokens":3},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":18}"#;

fn response(status: &str, items: &[&str]) -> String {
    let (items, usage) = (items.join(","), if status == "completed" { USAGE } else { "null" });
    format!(
        r#"{{"id":"resp_1","object":"response","status":"{status}","model":"gpt-5.2-2026","output":[{items}],"usage":{usage}}}"#
    )
}

fn answers(items: &[&str], deltas: &[&str]) -> [String; 2] {
    let whole = response("completed", items);
    let mut events = vec![format!(
        r#"{{"type":"response.created","response":{}}}"#,
        response("in_progress", &[])
    )];
    events.extend(deltas.iter().map(|delta| (*delta).to_owned()));
    events.extend(items.iter().enumerate().map(|(index, item)| {
        format!(r#"{{"type":"response.output_item.done","output_index":{index},"item":{item}}}"#)
    }));
    events.push(format!(r#"{{"type":"response.completed","response":{whole}}}"#));
    let events: Vec<_> = events.iter().map(String::as_str).collect();
    [whole, named(&events)]
}

pub(crate) fn interface() -> Interface {
    Interface {
        provider: Provider::OpenAiResponses,
        name: "openai_resp::gpt-5.2",
        paths: ["/v1/responses", "/v1/responses"],
        key_header: ("authorization", "Bearer "),
        headers: &[],
        text: answers(
            &[TEXT],
            &[
                r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel"}"#,
                r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"lo."}"#,
            ],
        ),
        calls: answers(
            &[REASONING, CALL, OTHER_CALL],
            &[
                r#"{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"get_weather","arguments":"","status":"in_progress"}}"#,
                r#"{"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":1,"delta":"{\"city\":"}"#,
            ],
        ),
        signed: [&[REASONING, CALL, OTHER_CALL], &[REASONING, CALL, OTHER_CALL]],
        refusal: answers(&[REFUSAL], &[]),
        malformed: Some(answers(&[MALFORMED_CALL], &[])),
        beginning: named(&[
            r#"{"type":"response.output_text.delta","item_id":"msg_1","output_index":0,"content_index":0,"delta":"Hel"}"#,
        ]),
        idle_event: "event: keepalive\ndata: {\"type\":\"keepalive\"}\n\n",
        overloaded: "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"resp_1\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":\"try later\"},\"output\":[]}}\n\n",
        first: json!({
            "model": "gpt-5.2",
            "instructions": "Be brief.",
            "input": [{ "role": "user", "content": "What is the weather?" }],
            "tools": [
                {
                    "type": "function",
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
                {
                    "type": "function",
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
            ],
            "max_output_tokens": 500,
            "temperature": 0.5,
            "store": false,
            "include": ["reasoning.encrypted_content"],
        }),
        streamed: json!({ "stream": true }),
        second: json!({
            "input": [
                { "role": "user", "content": "What is the weather?" },
                serde_json::from_str::<serde_json::Value>(REASONING).unwrap(),
                serde_json::from_str::<serde_json::Value>(CALL).unwrap(),
                serde_json::from_str::<serde_json::Value>(OTHER_CALL).unwrap(),
                {
                    "type": "function_call_output",
                    "call_id": "call_1",
                    "output": [
                        { "type": "input_text", "text": "Sunny" },
                        { "type": "input_image", "image_url": "data:image/png;base64,iVBORw==" },
                    ],
                },
                { "type": "function_call_output", "call_id": "call_2", "output": "[tool error] no clock" },
            ],
        }),
    }
}
