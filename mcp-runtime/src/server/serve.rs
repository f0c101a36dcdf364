//! One request, from its exchange to its answer: span, hooks, dispatch.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::dispatch::{self, Started};
use super::hook;
use super::request_limits;
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
    // Before it is entered, because its name is that which it has then.
    if !span.is_disabled() {
        span::record_request(&span, app, &exchange);
    }
    let entered = span.enter();
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    let length = exchange.frame.len();
    if let Some(interval) = app.bounds.heartbeat {
        beat(&exchange, interval);
    }
    let target = dispatch::resolve(app, &exchange);
    let permits = match &app.bounds.requests {
        None => None,
        Some(limits) => match request_limits::admit(app, limits, &exchange, target.as_ref()) {
            Ok(permits) => permits,
            Err(busy) => {
                hook::refused(app, &exchange, "too many requests");
                return Reply::Busy(id, busy);
            }
        },
    };
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
            let running = Running::new(app, id, revision, span, handler, poll_budget, length);
            Reply::Running(match permits {
                Some(permits) => running.holding(permits),
                None => running,
            })
        }
    }
}

/// Begins to send progress while the handler is silent, if the client wants to know of it.
fn beat(exchange: &Exchange, interval: Duration) {
    if let Some(token) = exchange.progress_token {
        exchange.channel.beat(token.text(&exchange.frame), interval);
    }
}
