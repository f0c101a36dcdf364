//! The interface of the questions of one request for the layers below `ask`.

use std::any::Any;
use std::sync::OnceLock;

use mcp_core::jsonrpc::ProtocolError;

use super::members::Members;

/// Questions that the handler of a request asks its client.
pub(crate) trait Questions: Any + Send + Sync {
    /// Returns `true` if the request has ended with its questions, or with an error of the journal.
    fn has_ended(&self) -> bool;

    /// The result that ends the request before its handler has returned, if there is one.
    fn ending(&self) -> Option<Result<Members, ProtocolError>>;
}

/// Slot for the questions of a request; empty until the first one.
pub(crate) type QuestionSlot = OnceLock<Box<dyn Questions>>;
