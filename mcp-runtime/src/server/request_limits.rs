//! Requests that a server does not take now.

use std::fmt;
use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use serde_json::json;

use super::dispatch::Target;
use super::running::Completed;
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::limits::{CountedRequest, Permits, RequestLimits, TooMany};
use crate::component::tool::outcome::ToolOutcome;
use crate::context::exchange::Exchange;

/// A request that is refused because a limit is reached.
pub(crate) struct Busy {
    /// The answer where a response of HTTP has no status for it: a result for the model, or the error.
    pub(crate) answer: Completed,
    pub(crate) error: ProtocolError,
    /// Seconds after which the request may be sent again.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "only HTTP has a header for it"))]
    pub(crate) retry_after: u64,
}

impl Busy {
    fn new(app: &Arc<App>, exchange: &Exchange, too_many: &TooMany) -> Self {
        let (message, retry_after) = (too_many.message(), too_many.retry_after_seconds());
        let error = ProtocolError::internal(message.clone());
        let error = error.data(json!({ "retryAfter": retry_after }));
        let output = match exchange.method.protocol() {
            Some(Method::ToolsCall) => Ok(HandlerOutput::Tool(ToolOutcome::failed(message))),
            _ => Err(error.clone()),
        };
        let answer = Completed::new(app, exchange.id.clone(), exchange.revision, output);
        Self { answer, error, retry_after }
    }
}

impl fmt::Debug for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Busy").field("error", &self.error).finish_non_exhaustive()
    }
}

/// Takes a request in under the limits of the server. What does not run a component does not count.
#[cold]
pub(super) fn admit(
    app: &Arc<App>,
    limits: &RequestLimits,
    exchange: &Exchange,
    target: Option<&Result<Target, ProtocolError>>,
) -> Result<Option<Permits>, Box<Busy>> {
    let Some(Ok(target)) = target else { return Ok(None) };
    if matches!(target, Target::Method(method) if *method != Method::Complete) {
        return Ok(None);
    }
    let request = CountedRequest {
        tool: target.tool().map(|tool| tool.name()),
        principal: exchange.origin.principal.as_deref(),
        is_round: exchange.question_slot().get().is_some(),
    };
    match limits.admit(request) {
        Ok(permits) => Ok(Some(permits)),
        Err(too_many) => {
            tracing::warn!(reason = too_many.message(), "a request is refused");
            Err(Box::new(Busy::new(app, exchange, &too_many)))
        }
    }
}
