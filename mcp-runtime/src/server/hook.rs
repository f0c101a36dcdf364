//! Runs hooks around requests.

use std::sync::Arc;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use tokio::time::Instant;

use super::dispatch::serve;
use super::running::{Reply, Running, Work};
use crate::component::app::App;
use crate::component::first_polls::FirstPolls;
use crate::component::handler::HandlerOutput;
use crate::component::hook::{Failure, Incoming, SharedHook};
use crate::component::mount_scope::MountScope;
use crate::component::resource;
use crate::context::exchange::Exchange;
use crate::context::handle::Context;

/// Serves a request with the hooks around it.
pub(crate) fn around(
    app: &Arc<App>,
    method: &str,
    exchange: Exchange,
    span: tracing::Span,
) -> Reply {
    if !is_served(app, method, &exchange) {
        // What nothing answers is nothing to run around.
        return serve(app, method, exchange, span);
    }
    let name = asked_for(method, exchange.params());
    let asked = Asked::of(app, method, name.as_deref().unwrap_or_default());
    let hooks = hooks_for(app, asked.mount_scope.as_ref());
    let incoming = Incoming {
        method: method.into(),
        name,
        context: Context::new(app.clone(), exchange.clone(), None),
        since: Instant::now(),
    };
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    let inner = span.clone();
    let work = Work::Own(Box::pin(run(hooks, incoming, Arc::clone(app), exchange, inner)));
    let running = Running::new(app, id, revision, channel, span, work);
    Reply::Running(match asked.first_polls {
        Some(first_polls) => running.timed(first_polls),
        None => running,
    })
}

/// What answers a request, as far as hooks need to know it.
#[derive(Default)]
struct Asked {
    mount_scope: Option<Arc<MountScope>>,
    first_polls: Option<Arc<FirstPolls>>,
}

impl Asked {
    fn of(app: &App, method: &str, name: &str) -> Self {
        let registry = app.live.registry();
        let of = |mount_scope: &Option<Arc<MountScope>>, first_polls: &Arc<FirstPolls>| Self {
            mount_scope: mount_scope.clone(),
            first_polls: Some(Arc::clone(first_polls)),
        };
        let found = match Method::parse(method) {
            Some(Method::ToolsCall) => {
                registry.tools.get(name).map(|tool| of(&tool.mount_scope, &tool.first_polls))
            }
            Some(Method::PromptsGet) => registry
                .prompts
                .get(name)
                .map(|prompt| of(&prompt.mount_scope, &prompt.first_polls)),
            Some(Method::ResourcesRead) => resource::find_reader(&registry, name)
                .map(|(reader, _)| of(&reader.mount_scope, &reader.first_polls)),
            Some(_) => None,
            None => app.extensions.method(method).map(|handler| Self {
                mount_scope: handler.mount_scope.clone(),
                first_polls: None,
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

fn is_served(app: &App, method: &str, exchange: &Exchange) -> bool {
    match Method::parse(method) {
        Some(known) => exchange.facts().has(known) && app.offers_method(known),
        None => app.extensions.method(method).is_some(),
    }
}

/// What a request names as the component it asks for.
fn asked_for(method: &str, params: Option<Raw<'_>>) -> Option<Box<str>> {
    let (within, key) = match Method::parse(method)? {
        Method::ToolsCall | Method::PromptsGet => (params, "name"),
        Method::ResourcesRead | Method::ResourcesSubscribe | Method::ResourcesUnsubscribe => {
            (params, "uri")
        }
        Method::Complete => {
            let reference = params?.member("ref");
            let key = if reference?.member("uri").is_some() { "uri" } else { "name" };
            (reference, key)
        }
        _ => return None,
    };
    Some(within?.member(key)?.string()?.into())
}

async fn run(
    hooks: Vec<SharedHook>,
    incoming: Incoming,
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
    let produced = match refused {
        Some(error) => Err(error),
        None => match serve(&app, &incoming.method, exchange, span) {
            Reply::Ready(completed) => completed.into_produced(),
            Reply::Running(running) => running.await.into_produced(),
        },
    };
    for hook in hooks.iter().take(entered).rev() {
        match failure(&produced) {
            None => hook.after(&incoming).await,
            Some(failure) => hook.error(&incoming, &failure).await,
        }
    }
    produced
}

fn failure(produced: &Result<HandlerOutput, ProtocolError>) -> Option<Failure<'_>> {
    match produced {
        Err(error) => Some(Failure::Protocol(error)),
        Ok(HandlerOutput::Tool(outcome)) if outcome.is_error() => {
            Some(Failure::Tool(outcome.text()))
        }
        Ok(_) => None,
    }
}
