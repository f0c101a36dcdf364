//! Runs hooks around the dispatch of a request, and asks access policies within them.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use mcp_core::revision::Facts;

use super::dispatch::{self, Started, Target};
use super::observation::{self, Observations};
use super::policy;
use super::running::{DrivenHandler, Work};
use crate::component::app::App;
use crate::component::handler::HandlerOutput;
use crate::component::hook::{HookFailure, HookRequest, HookResult, SharedHook};
use crate::component::mount_scope::MountScope;
use crate::component::tool::find::RequestedTool;
use crate::context::exchange::{Exchange, Span};
use crate::context::handle::Context;

/// Starts the hooks of a request, which dispatch it in their midst.
pub(crate) fn around(
    app: &Arc<App>,
    exchange: Exchange,
    target: Result<Target, ProtocolError>,
) -> Started {
    let hooks = hooks_for(app, target.as_ref().ok().and_then(Target::mount_scope));
    let poll_budget = target.as_ref().ok().and_then(Target::poll_budget);
    let poll_budget = Arc::clone(poll_budget.unwrap_or(&app.poll_budget));
    let arguments = target.as_ref().ok().and_then(Target::arguments);
    let context = Context::new(app.clone(), exchange.clone(), None);
    let request = HookRequest::new(context, component_name(&exchange), arguments);
    let work = run(hooks, request, Arc::clone(app), exchange, target);
    Started::Handler { work: Work::Own(Box::pin(work)), poll_budget, is_apart: false }
}

/// Hooks of the server, then those of the servers that the component was mounted from.
fn hooks_for(app: &App, mount_scope: Option<&Arc<MountScope>>) -> Vec<SharedHook> {
    let mut hooks = app.hooks.clone();
    MountScope::outermost_first(mount_scope, &mut |mount_scope| {
        hooks.extend(mount_scope.hooks.iter().cloned());
    });
    hooks
}

/// The name or URI of the component that a request asks for.
fn component_name(exchange: &Exchange) -> Option<Box<str>> {
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
    mut request: HookRequest,
    app: Arc<App>,
    exchange: Exchange,
    target: Result<Target, ProtocolError>,
) -> Result<HandlerOutput, ProtocolError> {
    let facts = exchange.facts();
    let mut entered = 0;
    let mut target = target;
    let context = request.context().clone();
    let mut observations =
        Observations::begin(&app, &context, request.name(), target.as_ref().ok()).await;
    let mut is_denied = false;
    for hook in &hooks {
        if let Err(error) = hook.before(&mut request).await {
            target = Err(error);
            break;
        }
        entered += 1;
    }
    let mut output = match target {
        Err(error) => Err(error),
        Ok(target) => match policy::enforce(&app, &target, &request, &mut observations).await {
            Ok(()) => dispatched(&app, exchange, target, &request).await,
            Err(refusal) => {
                is_denied = true;
                refusal
            }
        },
    };
    pass(hooks.iter().take(entered).rev(), &request, facts, &mut output).await;
    observations.end(&output, is_denied, request.replaced_arguments());
    output
}

/// Dispatches a request with the arguments that the hooks have left.
async fn dispatched(
    app: &Arc<App>,
    mut exchange: Exchange,
    mut target: Target,
    request: &HookRequest,
) -> Result<HandlerOutput, ProtocolError> {
    if let (Some(json), Some(span)) = (request.replaced_arguments(), target.arguments_mut()) {
        // The parts of the frame keep their places; the new arguments follow behind them.
        let start = exchange.frame.len();
        exchange.frame = Bytes::from([&exchange.frame, json.as_bytes()].concat());
        *span = Span::between(start, exchange.frame.len());
    }
    let channel = exchange.channel.clone();
    match dispatch::start(app, exchange, target) {
        Started::Ready(output) => output,
        Started::Refused(exceeded) => Err(exceeded.error()),
        Started::Handler { work, is_apart, .. } => {
            DrivenHandler::new(work, channel, is_apart).await
        }
    }
}

/// Lets observers see a request that is refused before its hooks.
pub(crate) fn refused(app: &Arc<App>, exchange: &Exchange, reason: &str) {
    if !app.observers.is_empty() {
        let context = Context::new(app.clone(), exchange.clone(), None);
        let requested = component_name(exchange);
        observation::refused(app, &context, requested.as_deref(), reason);
    }
}

/// Hooks of a call that has become a task. They see what it comes to, as they see the result of a call.
pub(crate) struct TaskHooks {
    hooks: Vec<SharedHook>,
    request: HookRequest,
    facts: &'static Facts,
    observations: Observations,
}

impl TaskHooks {
    /// The hooks of a call; `None` if there are none.
    pub(crate) fn of(app: &Arc<App>, exchange: &Exchange, tool: &RequestedTool) -> Option<Self> {
        if !app.runs_hooks {
            return None;
        }
        let hooks = hooks_for(app, tool.spec.mount_scope.as_ref());
        let context = Context::new(app.clone(), exchange.clone(), None);
        let name = component_name(exchange);
        let observations = Observations::of_task(app, &context, &tool.spec, tool.arguments);
        let request = HookRequest::new(context, name, Some(tool.arguments));
        Some(Self { hooks, request, facts: exchange.facts(), observations })
    }

    /// Passes an outcome through the hooks, from the innermost to the outermost.
    pub(crate) async fn after(self, output: &mut Result<HandlerOutput, ProtocolError>) {
        pass(self.hooks.iter().rev(), &self.request, self.facts, output).await;
        self.observations.end(output, false, None);
    }
}

async fn pass(
    hooks: impl Iterator<Item = &SharedHook>,
    request: &HookRequest,
    facts: &'static Facts,
    output: &mut Result<HandlerOutput, ProtocolError>,
) {
    for hook in hooks {
        if let Some(failure) = failure(output) {
            hook.error(request, &failure).await;
        } else if let Ok(output) = output {
            hook.after(request, &mut HookResult::new(output, facts)).await;
        }
    }
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
