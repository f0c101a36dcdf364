//! Handlers that block their thread.

use std::future::Future;
use std::pin::Pin;

use mcp_core::jsonrpc::ProtocolError;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Runs a handler on the runtime's threads for blocking work, once its future is polled. Without such
/// threads it blocks the one that polls it.
///
/// # Panics
/// The future panics if the handler does, with the same panic.
pub fn blocking<R: Send + 'static>(
    handler: impl FnOnce() -> Result<R, ProtocolError> + Send + 'static,
) -> Pin<Box<dyn Future<Output = Result<R, ProtocolError>> + Send>> {
    Box::pin(async move {
        // WebAssembly has one thread.
        let runtime = Handle::try_current().ok().filter(|_| !cfg!(target_family = "wasm"));
        let Some(runtime) = runtime else { return handler() };
        let mut begun = StartedHandler(runtime.spawn_blocking(handler));
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
