//! Handlers that block their thread.

use mcp_core::jsonrpc::ProtocolError;

use super::{ToolFuture, ToolReply};

/// Runs a handler on the runtime's threads for blocking work, once its future is polled.
///
/// # Panics
/// The future panics if the handler does, with the same panic.
pub fn blocking(handler: impl FnOnce() -> ToolReply + Send + 'static) -> ToolFuture {
    Box::pin(async move {
        match tokio::task::spawn_blocking(handler).await {
            Ok(reply) => reply,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ProtocolError::internal("the server is shutting down")),
            },
        }
    })
}
