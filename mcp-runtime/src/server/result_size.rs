//! Results that are too large to be sent.

use mcp_core::jsonrpc::ProtocolError;

use crate::component::handler::HandlerOutput;
use crate::component::tool::outcome::ToolOutcome;

/// The output in place of a result of a size.
#[cold]
pub(super) fn oversized(
    output: &HandlerOutput,
    size: usize,
    max: usize,
) -> Result<HandlerOutput, ProtocolError> {
    tracing::warn!(size, max, "a result is too large to be sent");
    match output {
        HandlerOutput::Tool(_) => Ok(HandlerOutput::Tool(ToolOutcome::failed(format!(
            "{}; ask for less: a page, a narrower query, or a link to a resource in place of its contents",
            fault(size, max)
        )))),
        HandlerOutput::Members(_) => Err(ProtocolError::internal(format!(
            "{}; ask for less, such as one part of it",
            fault(size, max)
        ))),
    }
}

fn fault(size: usize, max: usize) -> String {
    format!("the result has {size} bytes, and this server sends at most {max}")
}
