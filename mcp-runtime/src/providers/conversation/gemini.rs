//! Conversations of Gemini: `generateContent`.

use serde_json::json;

use super::roles::Roles;
use super::turns::{CallOutcome, Turn};
use crate::providers::choice::RequestFields;
use crate::providers::provider::Provider;
use crate::providers::raw::{RawObject, raw};
use crate::providers::result::items;

/// Signature of a call that Gemini has not made: models that require one then skip the check.
/// Source: <https://ai.google.dev/gemini-api/docs/thought-signatures#faqs>.
const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// Writes `systemInstruction` and `contents`.
pub(super) fn contents(system: Option<&str>, turns: Vec<Turn<'_>>, fields: &mut RequestFields) {
    let provider = Provider::Gemini;
    let mut roles = Roles::new("parts", "model");
    for turn in turns {
        match turn {
            Turn::User(pieces) => {
                let pieces = pieces.into_iter().map(|piece| raw(&piece.render(provider)));
                roles.user(pieces.collect());
            }
            Turn::Own(history) => history.iter().for_each(|content| roles.own(content)),
            Turn::Other { text, calls } => {
                let mut parts = Vec::with_capacity(calls.len() + 1);
                if !text.trim().is_empty() {
                    parts.push(raw(&json!({ "text": text })));
                }
                parts.extend(calls.into_iter().enumerate().map(|(place, call)| {
                    let function = RawObject::default().with("id", &call.id);
                    let function = function.with("name", &call.name).with("args", &*call.arguments);
                    let mut part = RawObject::default().with("functionCall", &function);
                    // Of parallel calls, only the first has a signature.
                    if place == 0 {
                        part.set("thoughtSignature", NO_SIGNATURE);
                    }
                    part.to_raw()
                }));
                roles.model(parts);
            }
            Turn::Results(outcomes) => {
                let results = items(provider, outcomes.iter().map(CallOutcome::parts));
                results.iter().for_each(|content| roles.results_apart(content));
            }
        }
    }
    if let Some(system) = system {
        fields.push("systemInstruction", &json!({ "parts": [{ "text": system }] }));
    }
    fields.push("contents", &roles.finish());
}
