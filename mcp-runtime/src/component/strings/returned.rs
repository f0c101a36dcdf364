//! What the handlers of resources and prompts return.

use std::fmt;

use mcp_core::jsonrpc::ProtocolError;

use super::StringCall;

/// How the values of a return type are sent.
pub struct StringReturns<R, O>(pub(crate) fn(R) -> Result<O, ProtocolError>);

impl<R, O> StringReturns<R, O> {
    /// Makes the answer to a request out of what its handler has returned.
    ///
    /// # Errors
    /// What the handler has failed with.
    pub fn reply(&self, _: &StringCall, value: R) -> Result<O, ProtocolError> {
        (self.0)(value)
    }
}

impl<R, O> fmt::Debug for StringReturns<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StringReturns")
    }
}
