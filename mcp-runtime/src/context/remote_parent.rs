//! The span of the client, as the parent of spans that OpenTelemetry records.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Context, ContextGuard};

use super::exchange::Exchange;
use super::trace_context::TraceContext;

/// Makes the span of the client the current one of this thread, until the guard is dropped. The span of the
/// request, which is created meanwhile, becomes its child.
pub(crate) fn attach(exchange: &Exchange) -> Option<ContextGuard> {
    let trace = TraceContext::of(exchange);
    let trace_id = TraceId::from_hex(trace.trace_id()?).ok()?;
    let span_id = SpanId::from_hex(trace.parent_id()?).ok()?;
    let flags = if trace.is_sampled() { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let state = trace.tracestate().and_then(|state| state.parse::<TraceState>().ok());
    let parent = SpanContext::new(trace_id, span_id, flags, true, state.unwrap_or_default());
    Some(Context::current().with_remote_span_context(parent).attach())
}
