//! The span of a request, with the fields of the semantic conventions of OpenTelemetry.
//!
//! [MCP](https://github.com/open-telemetry/semantic-conventions-genai). `otel.*` are read by the crate
//! `tracing-opentelemetry`.

use mcp_core::jsonrpc::ProtocolError;
use tracing::Span;
use tracing::field::Empty;

use super::dispatch::Target;
use crate::component::handler::HandlerOutput;
use crate::component::registry::Listed;
use crate::context::exchange::Exchange;
use crate::context::trace_context::TraceContext;

/// Creates the span of a request.
pub(super) fn span_of(exchange: &Exchange) -> Span {
    #[cfg(feature = "otel")]
    let _parent = crate::context::remote_parent::attach(exchange);
    let is_remote = exchange.origin.is_remote();
    tracing::info_span!(
        "request",
        mcp.method.name = exchange.method.as_str(),
        mcp.protocol.version = exchange.revision.as_str(),
        mcp.session.id = Empty,
        mcp.resource.uri = Empty,
        jsonrpc.request.id = %exchange.id,
        gen_ai.operation.name = Empty,
        gen_ai.tool.name = Empty,
        gen_ai.prompt.name = Empty,
        network.transport = if is_remote { "tcp" } else { "pipe" },
        network.protocol.name = is_remote.then_some("http"),
        error.type = Empty,
        rpc.response.status_code = Empty,
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        trace_id = Empty,
        parent_id = Empty,
        tracestate = Empty,
        baggage = Empty,
    )
}

/// Records what a request is for, once its component is known.
#[cold]
pub(super) fn record_request(span: &Span, exchange: &Exchange, target: Option<&Target>) {
    TraceContext::of(exchange).record(span);
    if let Some(session) = exchange.origin.session_digest() {
        span.record("mcp.session.id", session);
    }
    let method = exchange.method.as_str();
    let component = match target {
        Some(Target::Tool(tool)) => {
            span.record("gen_ai.operation.name", "execute_tool");
            span.record("gen_ai.tool.name", tool.spec.name());
            tool.spec.name()
        }
        Some(Target::Prompt(prompt)) => {
            span.record("gen_ai.prompt.name", prompt.spec.key());
            prompt.spec.key()
        }
        Some(Target::Resource(resource)) => {
            span.record("mcp.resource.uri", &*resource.uri);
            // The names of spans are few.
            ""
        }
        Some(Target::Extension(_) | Target::Method(_)) | None => "",
    };
    match component {
        "" => span.record("otel.name", method),
        component => span.record("otel.name", format!("{method} {component}")),
    };
}

/// Records the failure of a request.
#[cold]
pub(super) fn record_outcome(span: &Span, output: &Result<HandlerOutput, ProtocolError>) {
    match output {
        Err(error) => {
            let code = error.code.to_string();
            span.record("error.type", &*code);
            span.record("rpc.response.status_code", &*code);
        }
        Ok(HandlerOutput::Tool(outcome)) if outcome.is_error() => {
            span.record("error.type", "tool_error");
        }
        Ok(_) => return,
    }
    span.record("otel.status_code", "ERROR");
}
