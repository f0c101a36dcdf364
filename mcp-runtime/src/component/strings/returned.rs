//! Return types of the handlers of resources and prompts.

use std::fmt;

use mcp_core::jsonrpc::ProtocolError;

use super::StringCall;

/// Conversion of a return type to the answer of a request.
pub struct StringReturns<R, O>(pub(crate) fn(R) -> Result<O, ProtocolError>);

impl<R, O> StringReturns<R, O> {
    /// Converts the value that a handler has returned.
    ///
    /// # Errors
    /// The error of the handler.
    pub fn reply(&self, _: &StringCall, value: R) -> Result<O, ProtocolError> {
        (self.0)(value)
    }
}

impl<R, O> fmt::Debug for StringReturns<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StringReturns")
    }
}
