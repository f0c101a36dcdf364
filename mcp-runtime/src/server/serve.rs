//! One request, from its exchange to its answer: span, hooks, dispatch.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::dispatch::{self, Started};
use super::hook;
use super::rounds;
use super::running::{Completed, DrivenHandler, Reply, Running};
use super::span::{self, span_of};
use crate::component::app::App;
use crate::context::exchange::Exchange;

/// Answers a request, or starts its handler.
pub(crate) fn serve(app: &Arc<App>, exchange: Exchange) -> Reply {
    #[cfg(feature = "forward-events")]
    let span = crate::context::forward::opening(&exchange, span_of);
    #[cfg(not(feature = "forward-events"))]
    let span = span_of(&exchange);
    let entered = span.enter();
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    let length = exchange.frame.len();
    if let Some(interval) = app.heartbeat {
        beat(&exchange, interval);
    }
    let target = dispatch::resolve(app, &exchange);
    if !span.is_disabled() {
        let target = target.as_ref().and_then(|target| target.as_ref().ok());
        span::record_request(&span, &exchange, target);
    }
    let started = match target {
        None => {
            let error = ProtocolError::method_not_found(exchange.method.as_str());
            Started::Ready(Err(error))
        }
        Some(Ok(target)) if exchange.question_slot().get().is_some() => {
            rounds::start(app, exchange, target)
        }
        Some(target) if app.runs_hooks => hook::around(app, exchange, target),
        Some(Ok(target)) => dispatch::start(app, exchange, target),
        Some(Err(error)) => Started::Ready(Err(error)),
    };
    drop(entered);
    match started {
        Started::Ready(output) => {
            if !span.is_disabled() {
                span::record_outcome(&span, &output);
            }
            Reply::Ready(Completed::new(app, id, revision, output))
        }
        Started::Refused(exceeded) => Reply::Refused(id, exceeded),
        Started::Handler { work, poll_budget, is_apart } => {
            let handler = DrivenHandler::new(work, channel, is_apart);
            Reply::Running(Running::new(app, id, revision, span, handler, poll_budget, length))
        }
    }
}

/// Begins to send progress while the handler is silent, if the client wants to know of it.
fn beat(exchange: &Exchange, interval: Duration) {
    if let Some(token) = exchange.progress_token {
        exchange.channel.beat(token.text(&exchange.frame), interval);
    }
}
