//! Conversations that can be stored and resumed.

use std::collections::HashSet;

use mcp_core::protocol::CallToolResult;
use serde::{Deserialize, Serialize};

use super::approval::PendingCall;
use crate::providers::{CallResult, Message, ModelCall, ModelMessage, Stop, ToolId, Usage};

/// Conversation of an agent. It serialises, and [`Agent::resume`](super::Agent::resume) continues it.
///
/// Approvals are not serialised: what a file contains allows no call. Approve after reading it.
/// Denials and results are.
///
/// ```
/// use mcp_runtime::agent::{Agent, End, ScriptedModel, Transcript};
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::serde_json::{self, json};
///
/// /// Delete a note.
/// #[tool]
/// async fn delete(note: u32) -> String {
///     format!("deleted {note}")
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let model = ScriptedModel::new().call("delete", json!({ "note": 7 })).text("It is gone.");
/// let agent = Agent::new(model).tools(Server::new("notes", "1.0.0").with::<delete>());
/// let outcome = agent.run("Delete note 7").await?;
/// assert!(matches!(outcome.end, End::NeedsApproval(_)));
/// let stored = serde_json::to_string(&outcome.transcript)?;
///
/// let mut transcript: Transcript = serde_json::from_str(&stored)?;
/// let ids: Vec<_> = transcript.pending().map(|call| call.id.clone()).collect();
/// for id in ids {
///     transcript.approve(&id);
/// }
/// assert_eq!(agent.resume(transcript).await?.text, "It is gone.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Transcript {
    messages: Vec<Message>,
    /// State of the calls of the last message, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallState>,
    /// Messages that follow the results of these calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    queued: Vec<Message>,
    /// Tools that a search has found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    found: Vec<ToolId>,
    /// Reason for which the last turn ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop: Option<Stop>,
    #[serde(default)]
    usage: Usage,
}

/// State of a call without a result in the conversation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct CallState {
    /// Call as it was shown for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) shown: Option<PendingCall>,
    #[serde(skip)]
    pub(super) is_approved: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) denied: Option<String>,
    /// `true` once the call was sent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) was_begun: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) result: Option<CallToolResult>,
}

/// Maximum number of tools that are kept as found.
const MAX_FOUND: usize = 64;

impl Transcript {
    /// Creates an empty conversation.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the messages. Results are there once all calls of a turn have one.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Returns the tokens of all runs.
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Adds a message of the user. If calls have no results yet, it follows those.
    pub fn push(&mut self, message: impl Into<Message>) {
        match self.open_calls() {
            Some(_) => self.queued.push(message.into()),
            None => self.messages.push(message.into()),
        }
    }

    /// Returns the calls that wait for approval.
    pub fn pending(&self) -> impl Iterator<Item = &PendingCall> {
        let open = self.open_calls().map_or(0, |turn| turn.calls.len());
        let waits = |state: &&CallState| {
            state.result.is_none() && !state.is_approved && state.denied.is_none()
        };
        self.calls.iter().take(open).filter(waits).filter_map(|state| state.shown.as_ref())
    }

    /// Allows a call that has no result. Returns `false` if there is none with this identifier.
    ///
    /// It is made when the run is resumed, once. If the tool or its arguments are not those that were
    /// shown, because its server has changed, the approval does not hold.
    pub fn approve(&mut self, id: &str) -> bool {
        self.decide(id, |state| (state.is_approved, state.denied) = (true, None))
    }

    /// Denies a call that has no result. Returns `false` if there is none with this identifier. The
    /// model gets an error with the reason.
    pub fn deny(&mut self, id: &str, reason: impl Into<String>) -> bool {
        self.decide(id, |state| (state.is_approved, state.denied) = (false, Some(reason.into())))
    }

    fn decide(&mut self, id: &str, decide: impl FnOnce(&mut CallState)) -> bool {
        let Some(index) = self.call_ids().iter().position(|known| known == id) else {
            return false;
        };
        let state = self.state(index);
        let is_open = state.result.is_none();
        if is_open {
            decide(state);
        }
        is_open
    }

    /// Returns the turn whose calls have no results in the conversation.
    pub(super) fn open_calls(&self) -> Option<&ModelMessage> {
        match self.messages.last() {
            Some(Message::Model(turn)) if !turn.calls.is_empty() => Some(turn),
            _ => None,
        }
    }

    /// Returns unique identifiers of the open calls, in their order.
    pub(super) fn call_ids(&self) -> Vec<String> {
        let calls = self.open_calls().map(|turn| &turn.calls[..]).unwrap_or_default();
        let turn = self.messages.len();
        let stated: HashSet<_> = calls.iter().filter_map(|call| call.id.as_deref()).collect();
        let mut taken = HashSet::new();
        let mut ids = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let given = call.id.clone().filter(|id| !id.is_empty() && !taken.contains(id));
            let id = given.unwrap_or_else(|| {
                let made = (0..).map(|again| match again {
                    0 => format!("call_{turn}_{index}"),
                    _ => format!("call_{turn}_{index}_{again}"),
                });
                let used = |id: &String| taken.contains(id) || stated.contains(&**id);
                made.into_iter().find(|id| !used(id)).unwrap_or_default()
            });
            taken.insert(id.clone());
            ids.push(id);
        }
        ids
    }

    /// Returns the state of an open call.
    pub(super) fn state(&mut self, index: usize) -> &mut CallState {
        if self.calls.len() <= index {
            self.calls.resize_with(index + 1, CallState::default);
        }
        &mut self.calls[index]
    }

    /// Adds a turn of the model. One without any content is left out.
    pub(super) fn add_turn(&mut self, turn: ModelMessage, stop: Stop) {
        self.stop = Some(stop);
        self.calls.clear();
        let is_empty = turn.text.is_empty() && turn.calls.is_empty() && turn.history.is_empty();
        if !is_empty {
            self.messages.push(Message::Model(turn));
        }
    }

    /// Adds the results of the open calls to the conversation, if all have one. Returns `false` if not.
    pub(super) fn settle(&mut self) -> bool {
        let Some(turn) = self.open_calls() else { return true };
        let calls = turn.calls.clone();
        let have_results = calls.len() <= self.calls.len()
            && self.calls[..calls.len()].iter().all(|state| state.result.is_some());
        if !have_results {
            return false;
        }
        let states = std::mem::take(&mut self.calls);
        let results = calls.into_iter().zip(states);
        let results = results
            .filter_map(|(call, state)| state.result.map(|result| CallResult::new(call, result)));
        self.messages.push(Message::Results(results.collect()));
        self.messages.append(&mut self.queued);
        true
    }

    /// Gives all open calls the same error as their result.
    pub(super) fn fail_calls(&mut self, reason: &str) {
        let calls = self.open_calls().map_or(0, |turn| turn.calls.len());
        for index in 0..calls {
            self.state(index).result = Some(CallToolResult::error(reason));
        }
        self.settle();
    }

    /// Returns a call that is open.
    pub(super) fn open_call(&self, index: usize) -> Option<&ModelCall> {
        self.open_calls().and_then(|turn| turn.calls.get(index))
    }

    /// Returns the reason for which the last turn ended, if that is the last message.
    pub(super) fn last_stop(&self) -> Option<Stop> {
        match self.messages.last() {
            Some(Message::Model(turn)) if turn.calls.is_empty() => {
                Some(self.stop.unwrap_or(Stop::Finished))
            }
            _ => None,
        }
    }

    /// Returns the text of the last turn.
    pub(super) fn last_text(&self) -> &str {
        let turn = self.messages.iter().rev().find_map(|message| match message {
            Message::Model(turn) => Some(&*turn.text),
            _ => None,
        });
        turn.unwrap_or_default()
    }

    /// `true` if the model answers a message of the user next.
    pub(super) fn follows_user(&self) -> bool {
        matches!(self.messages.last(), Some(Message::User(_)))
    }

    pub(super) fn add_usage(&mut self, usage: Usage) {
        self.usage += usage;
    }

    pub(super) fn found(&self) -> &[ToolId] {
        &self.found
    }

    /// Adds tools that a search has found. The oldest are forgotten.
    pub(super) fn add_found(&mut self, tools: impl IntoIterator<Item = ToolId>) {
        for tool in tools {
            self.found.retain(|known| *known != tool);
            self.found.push(tool);
        }
        let surplus = self.found.len().saturating_sub(MAX_FOUND);
        self.found.drain(..surplus);
    }
}
