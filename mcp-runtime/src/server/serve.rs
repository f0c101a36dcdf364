//! One request, from its exchange to its answer: span, hooks, dispatch.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::dispatch::{self, Started};
use super::hook;
use super::request_limits;
use super::rounds;
use super::running::{Completed, DrivenHandler, Reply, Running};
use crate::component::app::App;
use crate::context::exchange::Exchange;
use crate::context::trace_context::TraceContext;

/// Answers a request, or starts its handler.
pub(crate) fn serve(app: &Arc<App>, exchange: Exchange) -> Reply {
    #[cfg(feature = "forward-events")]
    let span = crate::context::forward::opening(&exchange, span_of);
    #[cfg(not(feature = "forward-events"))]
    let span = span_of(&exchange);
    if !span.is_disabled() {
        TraceContext::of(&exchange).record(&span);
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
            Err(busy) => return Reply::Busy(id, busy),
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
        Started::Ready(output) => Reply::Ready(Completed::new(app, id, revision, output)),
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

fn span_of(exchange: &Exchange) -> tracing::Span {
    tracing::info_span!(
        "request",
        method = exchange.method.as_str(),
        id = %exchange.id,
        revision = %exchange.revision,
        tool = tracing::field::Empty,
        trace_id = tracing::field::Empty,
        parent_id = tracing::field::Empty,
        tracestate = tracing::field::Empty,
        baggage = tracing::field::Empty,
    )
}
