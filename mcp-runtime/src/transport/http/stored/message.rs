//! Messages that the instances of a server send each other about a session.

use mcp_core::jsonrpc::RequestId;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Topic of all messages. Instances without the session ignore them.
pub(super) const TOPIC: &str = "sessions";

/// A message about a session.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Message {
    /// Id of the sending instance.
    pub(super) from: String,
    /// Id of the session.
    pub(super) session: String,
    pub(super) notice: Notice,
}

/// Content of a message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Notice {
    /// The session has ended.
    Ended,
    /// The record has changed.
    Changed,
    /// The store has a response to the question with this id.
    Answered(Box<str>),
    /// The client has cancelled a request.
    Cancelled(RequestId),
    RootsChanged,
    /// Message for the client that belongs to no request.
    Post(Box<RawValue>),
    /// The client has looked at the task with this id, which has questions.
    AskForTask(Box<str>),
    /// The client reads the stream with this number from the sender.
    Reads(u64),
}
