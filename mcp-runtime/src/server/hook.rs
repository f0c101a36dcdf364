//! Runs hooks around requests.

use std::sync::Arc;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use tokio::time::Instant;

use super::dispatch::serve;
use super::running::{Reply, Running, Work};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::hook::{HookFailure, HookRequest, SharedHook};
use crate::component::mount_scope::MountScope;
use crate::component::poll_budget::PollBudget;
use crate::component::resource;
use crate::context::exchange::{Exchange, MethodName};
use crate::context::handle::Context;

/// Serves a request with the hooks around it.
pub(crate) fn around(app: &Arc<App>, exchange: Exchange, span: tracing::Span) -> Reply {
    if !is_served(app, &exchange) {
        // What nothing answers is nothing to run around.
        return serve(app, exchange, span);
    }
    let name = asked_for(&exchange);
    let asked = Asked::of(app, &exchange.method, name.as_deref().unwrap_or_default());
    let hooks = hooks_for(app, asked.mount_scope.as_ref());
    let incoming = HookRequest {
        name,
        context: Context::new(app.clone(), exchange.clone(), None),
        since: Instant::now(),
    };
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    let inner = span.clone();
    let work = Work::Own(Box::pin(run(hooks, incoming, Arc::clone(app), exchange, inner)));
    let running = Running::new(app, id, revision, channel, span, work);
    Reply::Running(match asked.poll_budget {
        Some(poll_budget) => running.timed(poll_budget),
        None => running,
    })
}

/// What answers a request, as far as hooks need to know it.
#[derive(Default)]
struct Asked {
    mount_scope: Option<Arc<MountScope>>,
    poll_budget: Option<Arc<PollBudget>>,
}

impl Asked {
    fn of(app: &App, method: &MethodName, name: &str) -> Self {
        let registry = app.live.registry();
        let of = |mount_scope: &Option<Arc<MountScope>>, poll_budget: &Arc<PollBudget>| Self {
            mount_scope: mount_scope.clone(),
            poll_budget: Some(Arc::clone(poll_budget)),
        };
        let found = match method {
            MethodName::Protocol(Method::ToolsCall) => {
                registry.tools.get(name).map(|tool| of(&tool.mount_scope, &tool.poll_budget))
            }
            MethodName::Protocol(Method::PromptsGet) => registry
                .prompts
                .get(name)
                .map(|prompt| of(&prompt.mount_scope, &prompt.poll_budget)),
            MethodName::Protocol(Method::ResourcesRead) => resource::find_reader(&registry, name)
                .map(|(reader, _)| of(&reader.mount_scope, &reader.poll_budget)),
            MethodName::Protocol(_) => None,
            MethodName::Extension(name) => app.extensions.method(name).map(|handler| Self {
                mount_scope: handler.mount_scope.clone(),
                poll_budget: None,
            }),
        };
        found.unwrap_or_default()
    }
}

/// Those of the server, then those of the servers that the component was mounted from.
fn hooks_for(app: &App, mount_scope: Option<&Arc<MountScope>>) -> Vec<SharedHook> {
    let mut hooks = app.hooks.clone();
    MountScope::outermost_first(mount_scope, &mut |mount_scope| {
        hooks.extend(mount_scope.hooks.iter().cloned())
    });
    hooks
}

fn is_served(app: &App, exchange: &Exchange) -> bool {
    match &exchange.method {
        MethodName::Protocol(method) => exchange.facts().has(*method) && app.offers_method(*method),
        MethodName::Extension(name) => app.extensions.method(name).is_some(),
    }
}

/// What a request names as the component it asks for.
fn asked_for(exchange: &Exchange) -> Option<Box<str>> {
    let (method, params) = (exchange.method.protocol()?, exchange.params()?);
    let (within, key) = if method == Method::Complete {
        let reference = params.member("ref")?;
        (reference, if reference.member("uri").is_some() { "uri" } else { "name" })
    } else {
        (params, method.subject()?)
    };
    Some(within.member(key)?.string()?.into())
}

async fn run(
    hooks: Vec<SharedHook>,
    incoming: HookRequest,
    app: Arc<App>,
    exchange: Exchange,
    span: tracing::Span,
) -> Result<HandlerOutput, ProtocolError> {
    let mut entered = 0;
    let mut refused = None;
    for hook in &hooks {
        if let Err(error) = hook.before(&incoming).await {
            refused = Some(error);
            break;
        }
        entered += 1;
    }
    let output = match refused {
        Some(error) => Err(error),
        None => match serve(&app, exchange, span) {
            Reply::Ready(completed) => completed.into_output(),
            Reply::Running(running) => running.await.into_output(),
        },
    };
    for hook in hooks.iter().take(entered).rev() {
        match failure(&output) {
            None => hook.after(&incoming).await,
            Some(failure) => hook.error(&incoming, &failure).await,
        }
    }
    output
}

fn failure(output: &Result<HandlerOutput, ProtocolError>) -> Option<HookFailure<'_>> {
    match output {
        Err(error) => Some(HookFailure::Protocol(error)),
        Ok(HandlerOutput::Tool(outcome)) if outcome.is_error() => {
            Some(HookFailure::Tool(outcome.text()))
        }
        Ok(_) => None,
    }
}
