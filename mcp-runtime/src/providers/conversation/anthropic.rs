//! Conversations of Anthropic: Messages.

use super::roles::Roles;
use super::turns::{CallOutcome, Turn};
use crate::providers::choice::RequestFields;
use crate::providers::provider::Provider;
use crate::providers::raw::{RawObject, raw};
use crate::providers::result::items;

/// Writes `system` and `messages`.
pub(super) fn messages(system: Option<&str>, turns: Vec<Turn<'_>>, fields: &mut RequestFields) {
    let provider = Provider::Anthropic;
    let mut roles = Roles::new("content", "assistant");
    for turn in turns {
        match turn {
            Turn::User(pieces) => {
                let pieces = pieces.into_iter().map(|piece| raw(&piece.render(provider)));
                roles.user(pieces.collect());
            }
            Turn::Own(history) => history.iter().for_each(|message| roles.own(message)),
            Turn::Other { text, calls } => {
                let mut blocks = Vec::with_capacity(calls.len() + 1);
                if !text.trim().is_empty() {
                    let block = RawObject::default().with("type", "text").with("text", text);
                    blocks.push(block.to_raw());
                }
                blocks.extend(calls.into_iter().map(|call| {
                    let block = RawObject::default().with("type", "tool_use").with("id", &call.id);
                    block.with("name", &call.name).with("input", &*call.arguments).to_raw()
                }));
                roles.model(blocks);
            }
            Turn::Results(outcomes) => {
                let results = items(provider, outcomes.iter().map(CallOutcome::parts));
                // Text of the user may follow the results in the same message.
                results.iter().for_each(|message| roles.results(message));
            }
        }
    }
    if let Some(system) = system {
        fields.push("system", system);
    }
    fields.push("messages", &roles.finish());
}
