//! Handlers that block their thread.

use std::future::Future;
use std::pin::Pin;

use mcp_core::jsonrpc::ProtocolError;
use tokio::task::{JoinHandle, spawn_blocking};

/// Runs a handler on the runtime's threads for blocking work, once its future is polled.
///
/// # Panics
/// The future panics if the handler does, with the same panic.
pub fn blocking<R: Send + 'static>(
    handler: impl FnOnce() -> Result<R, ProtocolError> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<R, ProtocolError>> + Send>> {
    Box::pin(async move {
        let mut begun = StartedHandler(spawn_blocking(handler));
        match (&mut begun.0).await {
            Ok(reply) => reply,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ProtocolError::internal("the server is shutting down")),
            },
        }
    })
}

/// A handler on a blocking thread, or queued for one. A queued handler whose request is cancelled
/// does not run.
struct StartedHandler<R>(JoinHandle<Result<R, ProtocolError>>);

impl<R> Drop for StartedHandler<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
