//! Events of a run.

use mcp_core::protocol::CallToolResult;
use serde_json::value::RawValue;

use crate::providers::{ToolId, Usage};

/// Event of a run. See [`Run::next`](super::Run::next).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Further text of the model.
    Text(String),
    /// Further thoughts of the model, where the provider shows them.
    Thought(String),
    /// The model answers once more from the beginning, because its stream broke. The texts and thoughts
    /// since the turn before are void.
    Restart,
    /// The model has answered.
    #[non_exhaustive]
    Turn {
        /// Number of the turn in this run, from 1.
        round: u32,
        /// Tokens of the request and the answer.
        usage: Usage,
    },
    /// A call was sent to its server.
    #[non_exhaustive]
    CallStarted {
        /// Identifier of the call.
        id: String,
        /// Tool.
        tool: ToolId,
        /// Arguments as they were sent.
        arguments: Box<RawValue>,
    },
    /// A call has made progress.
    #[non_exhaustive]
    Progress {
        /// Identifier of the call.
        id: String,
        /// Progress so far.
        done: f64,
        /// Total, if the server states it.
        total: Option<f64>,
        /// Message for people.
        message: Option<String>,
    },
    /// A call has a result. Calls that were not sent have one as well, without
    /// [`CallStarted`](Self::CallStarted): an error for the model, or what a search for tools found.
    #[non_exhaustive]
    CallFinished {
        /// Identifier of the call.
        id: String,
        /// Result, before it is shortened for the model.
        result: CallToolResult,
    },
    /// The tools of a server have changed and were listed again.
    ToolsChanged,
}
