//! Handlers of components: started ones, and their output before a revision's envelope.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;

use super::poll_budget::PollBudget;
use super::tool::outcome::ToolOutcome;
use crate::context::members::Members;

/// Output of a handler, before a revision's envelope.
pub(crate) enum HandlerOutput {
    /// The outcome of a tool.
    Tool(ToolOutcome),
    /// The members of any other result.
    Members(Members),
}

/// A future that answers a request other than a call of a tool.
pub(crate) type HandlerFuture =
    Pin<Box<dyn Future<Output = Result<HandlerOutput, ProtocolError>> + Send>>;

/// A started handler of a request other than a call of a tool.
pub(crate) struct StartedHandler {
    pub(crate) work: HandlerFuture,
    /// Durations of the first polls of the component's handlers.
    pub(crate) poll_budget: Arc<PollBudget>,
}

/// Runs a user's function. A panic becomes the error of the one request.
pub(crate) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, ProtocolError> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|panic| {
        tracing::error!(panic = panic_text(panic.as_ref()), "a handler panicked");
        ProtocolError::internal("the handler failed unexpectedly")
    })
}

/// The text of a panic.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}
