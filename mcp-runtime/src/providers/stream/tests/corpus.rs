//! Conversations and streams for the SDKs of the providers: see `tests/interop/python/conversations.py`.

use std::io::Write as _;

use mcp_core::protocol::{CallToolResult, Content};
use serde_json::{Value, json};

use super::{answer, stream};
use crate::providers::provider::Provider;
use crate::providers::{CallResult, Message, ModelMessage, ToolSet};

/// Question, turn of a model with two calls, results, further content of the user.
fn conversation(provider: Provider) -> Vec<Message> {
    let answer = answer(provider, &stream(provider).0);
    let results = [
        CallToolResult::text("3").content(Content::image([0], "image/png")),
        CallToolResult::error("not found"),
    ];
    let results = answer.calls.iter().cloned().zip(results);
    let results = results.map(|(call, result)| CallResult::new(call, result)).collect();
    let media = [
        Content::text("And these?"),
        Content::image([0], "image/jpeg"),
        Content::audio([0], "audio/wav"),
    ];
    vec![
        "Add.".into(),
        Message::Model(ModelMessage::new(provider, answer)),
        Message::Results(results),
        Message::User(media.into()),
    ]
}

fn name(provider: Provider) -> &'static str {
    match provider {
        Provider::OpenAiResponses => "responses",
        Provider::OpenAiChat => "chat",
        Provider::Anthropic => "anthropic",
        Provider::Gemini => "gemini",
    }
}

/// Writes a conversation of each provider for each one, and the streams, to the file in
/// `MCP_CONVERSATION_CORPUS`, if it is set.
#[test]
fn corpus() {
    let mut lines: Vec<Value> = Vec::new();
    for from in Provider::ALL {
        for to in Provider::ALL {
            let definitions = ToolSet::default().definitions(to);
            let body = definitions.conversation(Some("Be brief."), &conversation(from)).unwrap();
            lines.push(json!({ "provider": name(to), "body": body }));
        }
        let events: Vec<Value> =
            stream(from).0.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
        let history = answer(from, &stream(from).0).history;
        lines.push(json!({ "provider": name(from), "events": events, "history": history }));
    }
    assert_eq!(lines.len(), 20);
    let Some(path) = std::env::var_os("MCP_CONVERSATION_CORPUS") else { return };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
}
