//! Questions of one request, as code below the folder `ask` sees them.

use std::any::Any;
use std::sync::OnceLock;

use mcp_core::jsonrpc::ProtocolError;

use super::members::Members;

/// Questions that the handler of a request asks its client.
pub(crate) trait Questions: Any + Send + Sync {
    /// Returns `true` if the request has ended with its questions, or because its handler could not
    /// go on.
    fn has_ended(&self) -> bool;

    /// The result that ends the request before its handler has returned, if there is one.
    fn ending(&self) -> Option<Result<Members, ProtocolError>>;
}

/// Holds the questions of a request from the first one on.
pub(crate) type QuestionSlot = OnceLock<Box<dyn Questions>>;
