//! A task as the store has it.

use std::time::SystemTime;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::{ClientCapabilities, Implementation, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::time::{now, system_time};
use crate::ask::journal::JournalSnapshot;
use crate::context::principal::{Owner, StoredPrincipal};
use crate::shorten::shorten_to;

/// Maximum length in characters of the message of a task whose tool has failed.
const MAX_MESSAGE: usize = 400;

/// State of a task. It is small, because it is written with every change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskState {
    pub(super) id: String,
    pub(super) owner: Owner,
    /// `true` for a task of 2025-11-25, `false` for one of the extension.
    pub(super) is_core: bool,
    pub(super) tool: String,
    /// Milliseconds since 1970.
    pub(super) created: u64,
    pub(super) updated: u64,
    /// Milliseconds from `created`; `None` for no end.
    pub(super) ttl: Option<u64>,
    pub(super) poll_interval: u64,
    pub(super) status: TaskStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    /// Open questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) questions: Vec<OpenQuestion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    /// Number of runs since the last step forward.
    pub(super) attempts: u32,
    pub(super) max_attempts: u32,
    /// Number of steps when the last run began.
    pub(super) steps: u64,
}

/// A question of a task, as its client gets it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OpenQuestion {
    pub(super) key: String,
    pub(super) method: String,
    /// An object.
    pub(super) params: Box<RawValue>,
}

/// Result or error of the call.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// An object, in the form of the revision of the call.
    Result(Box<RawValue>),
    Error(ProtocolError),
}

/// The call of a task. It is written once.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredCall {
    pub(super) revision: String,
    /// An object; absent without any.
    pub(super) arguments: Option<Box<RawValue>>,
    /// Members of `_meta`, an object.
    pub(super) meta: Option<Box<RawValue>>,
    pub(super) principal: Option<StoredPrincipal>,
    /// Client of the session, if the call had one.
    pub(super) session: Option<StoredClient>,
    /// Answers from before the task was created.
    pub(super) journal: JournalSnapshot,
}

/// A client as it introduced itself in a handshake.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredClient {
    pub(super) info: Implementation,
    pub(super) capabilities: ClientCapabilities,
}

/// Result of a `once` step.
#[derive(Serialize, Deserialize)]
pub(crate) struct Step {
    #[serde(rename = "k")]
    pub(super) key: String,
    #[serde(rename = "r")]
    pub(super) result: Box<RawValue>,
}

/// Answer of a client.
#[derive(Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(rename = "k")]
    pub(super) key: String,
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Box<RawValue>>,
    /// Message of the error with which the client refused the question.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<String>,
}

impl TaskState {
    /// Time at which the store may forget the task.
    pub(super) fn expires(&self) -> Option<SystemTime> {
        self.ttl.and_then(|ttl| system_time(self.created.saturating_add(ttl)))
    }

    /// Milliseconds until the task is forgotten.
    pub(super) fn remaining(&self) -> Option<u64> {
        self.ttl.map(|ttl| self.created.saturating_add(ttl).saturating_sub(now()))
    }

    /// Removes a question, if it is open.
    pub(super) fn close_question(&mut self, key: &str) {
        self.questions.retain(|question| question.key != key);
        if self.questions.is_empty() && self.status == TaskStatus::InputRequired {
            self.status = TaskStatus::Working;
        }
    }

    /// Ends the task.
    pub(super) fn end(&mut self, outcome: Outcome) {
        (self.status, self.message) = match &outcome {
            // In 2025-11-25 a tool that fails is a task that fails.
            Outcome::Result(result) => match failure(result).filter(|_| self.is_core) {
                Some(message) => (TaskStatus::Failed, Some(message)),
                None => (TaskStatus::Completed, None),
            },
            Outcome::Error(error) => (TaskStatus::Failed, Some(error.message.clone().into_owned())),
        };
        self.questions.clear();
        self.outcome = Some(outcome);
    }

    /// Ends the task by the wish of its client.
    pub(super) fn cancel(&mut self) {
        self.status = TaskStatus::Cancelled;
        self.message = Some("the client cancelled the task".to_owned());
        self.questions.clear();
    }
}

/// The text of a tool result with `isError`.
fn failure(result: &RawValue) -> Option<String> {
    let result = Raw::from_accepted(result.get());
    result.member("isError").filter(|is_error| is_error.as_str() == "true")?;
    let content = result.member("content")?;
    let text =
        content.elements().find_map(|block| Some(block.member("text")?.string()?.into_owned()));
    Some(shorten_to(&text.unwrap_or_else(|| "the tool failed".to_owned()), MAX_MESSAGE))
}
