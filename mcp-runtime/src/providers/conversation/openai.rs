//! Conversations of OpenAI: Responses and Chat Completions.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::turns::{CallOutcome, Turn};
use crate::providers::choice::RequestFields;
use crate::providers::content::Piece;
use crate::providers::provider::Provider;
use crate::providers::raw::{RawObject, raw};
use crate::providers::result::items;

/// Writes `instructions` and `input`.
pub(super) fn responses(system: Option<&str>, turns: Vec<Turn<'_>>, fields: &mut RequestFields) {
    let provider = Provider::OpenAiResponses;
    let mut input: Vec<Box<RawValue>> = Vec::with_capacity(turns.len());
    for turn in turns {
        match turn {
            Turn::User(pieces) => input.push(user(pieces, provider)),
            Turn::Own(history) => input.extend(history.iter().cloned()),
            Turn::Other { text, calls } => {
                if !text.trim().is_empty() {
                    input.push(raw(&json!({ "role": "assistant", "content": text })));
                }
                let calls = calls.into_iter().map(|call| {
                    raw(&json!({
                        "type": "function_call",
                        "call_id": call.id,
                        "name": call.name,
                        "arguments": call.arguments.get(),
                    }))
                });
                input.extend(calls);
            }
            Turn::Results(outcomes) => {
                input.extend(items(provider, outcomes.iter().map(CallOutcome::parts)));
            }
        }
    }
    if let Some(system) = system {
        fields.push("instructions", system);
    }
    fields.push("input", &input);
}

/// Writes `messages`.
pub(super) fn chat(system: Option<&str>, turns: Vec<Turn<'_>>, fields: &mut RequestFields) {
    let provider = Provider::OpenAiChat;
    let mut messages: Vec<Box<RawValue>> = Vec::with_capacity(turns.len() + 1);
    if let Some(system) = system {
        // The role `developer` is not known to compatible servers; OpenAI takes both.
        messages.push(raw(&json!({ "role": "system", "content": system })));
    }
    for turn in turns {
        match turn {
            Turn::User(pieces) => messages.push(user(pieces, provider)),
            Turn::Own(history) => {
                messages.extend(history.iter().filter(|message| !is_empty(message)).cloned());
            }
            Turn::Other { text, calls } => {
                let content = Some(text).filter(|text| !text.trim().is_empty());
                let mut message = json!({ "role": "assistant", "content": content });
                let calls = calls.into_iter().map(|call| {
                    let function = json!({ "name": call.name, "arguments": call.arguments.get() });
                    json!({ "id": call.id, "type": "function", "function": function })
                });
                let calls: Vec<Value> = calls.collect();
                if !calls.is_empty() {
                    message["tool_calls"] = Value::Array(calls);
                }
                messages.push(raw(&message));
            }
            Turn::Results(outcomes) => {
                messages.extend(items(provider, outcomes.iter().map(CallOutcome::parts)));
            }
        }
    }
    fields.push("messages", &messages);
}

/// One text is a string: some compatible servers accept nothing else.
fn user(mut pieces: Vec<Piece>, provider: Provider) -> Box<RawValue> {
    let content = match &mut pieces[..] {
        [Piece::Text(text)] => json!(std::mem::take(text)),
        _ => pieces.into_iter().map(|piece| part(piece, provider)).collect(),
    };
    raw(&json!({ "role": "user", "content": content }))
}

fn part(piece: Piece, provider: Provider) -> Value {
    let mut part = piece.render(provider);
    if part["type"] == "input_image" {
        // Images of users have it always, those of results need not.
        part["detail"] = json!("auto");
    }
    part
}

/// `true` for a message with nothing in it, which OpenAI rejects.
fn is_empty(message: &RawValue) -> bool {
    let Ok(message) = RawObject::of(message) else { return false };
    message
        .iter()
        .all(|(name, value)| name == "role" || matches!(value.get(), "null" | "\"\"" | "[]"))
}
