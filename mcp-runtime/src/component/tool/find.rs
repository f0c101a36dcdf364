//! The tool that a request `tools/call` names.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;

use super::spec::ToolSpec;
use crate::ask;
use crate::component::app::App;
use crate::component::named_call::NamedCall;
use crate::context::exchange::{Exchange, Span};
use crate::shorten::shorten_to;

/// A tool that a request names, and where its arguments lie in the frame.
pub(crate) struct RequestedTool {
    pub(crate) spec: Arc<ToolSpec>,
    pub(crate) arguments: Span,
}

/// Looks up the tool that a request names, and admits what it brings from an earlier round.
///
/// # Errors
/// `-32602` if the parameters are not those of the method, there is no such tool, or the state of
/// the call is not accepted.
pub(crate) fn find(app: &Arc<App>, exchange: &Exchange) -> Result<RequestedTool, ProtocolError> {
    let NamedCall { name, arguments, retry } =
        NamedCall::read(app, exchange, Method::ToolsCall, "a tool")?;
    let registry = app.registry_for(exchange);
    let tools = &registry.tools;
    let spec = tools.get(&name).ok_or_else(|| unknown(&name, tools.nearest(&name)))?;
    ask::admit(app, exchange, retry)?;
    Ok(RequestedTool { spec: Arc::clone(spec), arguments })
}

fn unknown(name: &str, nearest: Option<&str>) -> ProtocolError {
    let shown = shorten_to(name, 128);
    ProtocolError::invalid_params(match nearest {
        Some(nearest) => format!("unknown tool: {shown}; did you mean `{nearest}`?"),
        None => format!("unknown tool: {shown}; `tools/list` names the tools there are"),
    })
}
