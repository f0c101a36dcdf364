//! The span of a request, with the fields of the semantic conventions of OpenTelemetry.
//!
//! [MCP](https://github.com/open-telemetry/semantic-conventions-genai). `otel.*` are read by the crate
//! `tracing-opentelemetry`.

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use tracing::Span;
use tracing::field::Empty;

use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::context::exchange::Exchange;
use crate::context::trace_context::TraceContext;
use crate::shorten::line;

/// Creates the span of a request.
pub(super) fn span_of(exchange: &Exchange) -> Span {
    #[cfg(feature = "otel")]
    let _parent = tracing::span_enabled!(tracing::Level::INFO)
        .then(|| crate::context::remote_parent::attach(exchange));
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

/// Records what a request is for. Names that the server does not have are left out: a name of a span is one of
/// few.
#[cold]
pub(super) fn record_request(span: &Span, app: &App, exchange: &Exchange) {
    TraceContext::of(exchange).record(span);
    if let Some(session) = exchange.origin.session_digest() {
        span.record("mcp.session.id", session);
    }
    let text = |key: &str| exchange.params()?.member(key).and_then(Raw::string);
    let (registry, method) = (app.live.registry(), exchange.method.as_str());
    let component = match exchange.method.protocol() {
        Some(Method::ToolsCall) => {
            let name = text("name").filter(|name| registry.tools.get(name).is_some());
            if let Some(name) = &name {
                span.record("gen_ai.operation.name", "execute_tool");
                span.record("gen_ai.tool.name", &**name);
            }
            name
        }
        Some(Method::PromptsGet) => {
            let name = text("name").filter(|name| registry.prompts.get(name).is_some());
            if let Some(name) = &name {
                span.record("gen_ai.prompt.name", &**name);
            }
            name
        }
        Some(Method::ResourcesRead) => {
            if let Some(uri) = text("uri") {
                span.record("mcp.resource.uri", &*line(&uri));
            }
            None
        }
        _ => None,
    };
    match component {
        None => span.record("otel.name", method),
        Some(component) => span.record("otel.name", format!("{method} {component}")),
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
