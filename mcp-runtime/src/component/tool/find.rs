//! The tool that a request `tools/call` names.

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;

use super::spec::ToolSpec;
use crate::ask;
use crate::ask::retry::Retry;
use crate::component::app::App;
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
    let (mut name, mut arguments, mut retry) = (None, None, Retry::default());
    for (key, value) in exchange.param_members() {
        let earlier = match &*key {
            "name" => name.replace(value),
            "arguments" => arguments.replace(value),
            other => {
                retry.take(other, value);
                None
            }
        };
        if earlier.is_some() {
            // Headers were compared with one of the two, and others on the way may read the other.
            let message = format!("tools/call: the member `{key}` is given twice");
            return Err(ProtocolError::invalid_params(message));
        }
    }
    let name = name.and_then(Raw::string).ok_or_else(|| {
        ProtocolError::invalid_params(
            "tools/call: expected `name`, the name of a tool, as a string",
        )
    })?;
    let arguments = app.arguments(arguments, Method::ToolsCall)?;
    let registry = app.registry_for(exchange);
    let tools = &registry.tools;
    let spec = tools.get(&name).ok_or_else(|| unknown(&name, tools.nearest(&name)))?;
    ask::admit(app, exchange, retry)?;
    let arguments = arguments.map(|text| Span::of(text.as_str(), &exchange.frame));
    Ok(RequestedTool { spec: Arc::clone(spec), arguments: arguments.unwrap_or_default() })
}

fn unknown(name: &str, nearest: Option<&str>) -> ProtocolError {
    let shown = shorten_to(name, 128);
    ProtocolError::invalid_params(match nearest {
        Some(nearest) => format!("unknown tool: {shown}; did you mean `{nearest}`?"),
        None => format!("unknown tool: {shown}; `tools/list` names the tools there are"),
    })
}
