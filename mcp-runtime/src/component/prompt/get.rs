//! The request `prompts/get`.

use std::sync::Arc;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{GetPromptResult, PromptMessage};
use mcp_core::revision::Facts;

use crate::ask;
use crate::component::app::App;
use crate::component::handler::{HandlerFuture, HandlerOutput, StartedHandler};
use crate::component::mount_scope;
use crate::component::named_call::NamedCall;
use crate::component::prompt::spec::{PromptHandler, PromptSpec};
use crate::component::rendered::meta_members;
use crate::component::strings::call::{StringCall, Values};
use crate::context::exchange::{Exchange, Span};
use crate::context::members::Members;
use crate::context::scope::Scope;
use crate::shorten::shorten_to;

/// A prompt that a request names, and where its arguments lie in the frame.
pub(crate) struct RequestedPrompt {
    pub(crate) spec: Arc<PromptSpec>,
    pub(crate) arguments: Span,
}

/// Looks up the prompt that a request names.
///
/// # Errors
/// `-32602` if the parameters are not those of the method or there is no such prompt.
pub(crate) fn find(app: &Arc<App>, exchange: &Exchange) -> Result<RequestedPrompt, ProtocolError> {
    let NamedCall { name, arguments, retry } =
        NamedCall::read(app, exchange, Method::PromptsGet, "a prompt")?;
    let registry = app.registry_for(exchange);
    let prompts = &registry.prompts;
    let spec = prompts.get(&name).ok_or_else(|| unknown(&name, prompts.nearest(&name)))?;
    ask::admit(app, exchange, retry)?;
    Ok(RequestedPrompt { spec: Arc::clone(spec), arguments })
}

/// Starts to render a prompt.
pub(crate) fn start(
    app: &Arc<App>,
    requested: RequestedPrompt,
    mut exchange: Exchange,
) -> StartedHandler {
    let RequestedPrompt { spec, arguments } = requested;
    let arguments = match arguments.text(&exchange.frame) {
        "" => None,
        text => Some(Raw::from_accepted(text)),
    };
    let values = Values::of_object(&spec.signature, arguments);
    let facts = exchange.facts();
    mount_scope::enter(spec.mount_scope.as_ref(), &mut exchange);
    let call = StringCall {
        scope: Scope::new(app.clone(), exchange, None),
        subject: spec.prompt.name.clone(),
        signature: Arc::clone(&spec.signature),
        values,
    };
    let work: HandlerFuture = match &spec.handler {
        PromptHandler::Function(render) => {
            let rendering = render(call);
            let description = spec.prompt.description.clone();
            Box::pin(async move {
                let mut result = rendering.await?;
                result.description = result.description.or(description);
                Ok(HandlerOutput::Members(members(&result, facts)))
            })
        }
        #[cfg(feature = "client")]
        PromptHandler::Upstream(request) => request(call),
    };
    StartedHandler { work, poll_budget: Arc::clone(&spec.poll_budget) }
}

fn unknown(name: &str, nearest: Option<&str>) -> ProtocolError {
    let shown = shorten_to(name, 128);
    ProtocolError::invalid_params(match nearest {
        Some(nearest) => format!("unknown prompt: {shown}; did you mean `{nearest}`?"),
        None => format!("unknown prompt: {shown}; `prompts/list` names the prompts there are"),
    })
}

fn members(result: &GetPromptResult, facts: &Facts) -> Members {
    let fit = |message: &PromptMessage| {
        let content = facts.fit_content(&message.content).into_owned();
        PromptMessage::new(message.role.clone(), content)
    };
    let messages: Vec<_> = result.messages.iter().map(fit).collect();
    let mut members = Vec::new();
    json::members(&mut members, |members| {
        members.optional("description", result.description.as_ref());
        members.value("messages", &messages);
    });
    let meta = meta_members(result.meta.as_ref());
    Members { members: members.into(), meta, ..Members::default() }
}
