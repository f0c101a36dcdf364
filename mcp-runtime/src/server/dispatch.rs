//! From an admitted request to its answer, or to the handler that makes it.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{LoggingLevel, meta};

use super::discovery;
use super::hook;
use super::running::{Completed, Reply, Running, Work, cooperative};
use super::subscriptions::{self, Subscription};
use crate::ask;
use crate::ask::retry::Retry;
use crate::component::app::App;
use crate::component::completion;
use crate::component::extension;
use crate::component::handler::HandlerOutput;
use crate::component::handler::StartedHandler;
use crate::component::handler::guarded;
use crate::component::mount_scope;
use crate::component::prompt;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::Listed;
use crate::component::resource;
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::call::Call;
use crate::component::tool::spec::ToolSpec;
use crate::context::exchange::{Exchange, MethodName, Sender, Span};
use crate::context::handle::Context;
use crate::context::members::Members;
use crate::context::trace_context::TraceContext;

/// Answers a request, or starts its handler.
///
/// `initialize` is not dispatched: it opens a session, which belongs to the connection.
pub(crate) fn dispatch(app: &Arc<App>, exchange: Exchange) -> Reply {
    #[cfg(feature = "forward-events")]
    let span = crate::context::forward::opening(&exchange, span_of);
    #[cfg(not(feature = "forward-events"))]
    let span = span_of(&exchange);
    if !span.is_disabled() {
        TraceContext::of(&exchange).record(&span);
    }
    if app.runs_hooks { hook::around(app, exchange, span) } else { serve(app, exchange, span) }
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

/// Answers a request, or starts its handler, without the hooks.
pub(crate) fn serve(app: &Arc<App>, exchange: Exchange, span: tracing::Span) -> Reply {
    let entered = span.enter();
    let method = match &exchange.method {
        MethodName::Protocol(method) => *method,
        MethodName::Extension(name) => match app.extensions.method(name) {
            Some(handler) => return call_method(app, handler, exchange, span.clone()),
            None => return unknown(app, exchange),
        },
    };
    if !exchange.facts().has(method) || !app.offers_method(method) {
        return unknown(app, exchange);
    }
    let output = match method {
        Method::ToolsCall => return call_tool(app, exchange, span.clone()),
        Method::ResourcesRead => return start(app, exchange, span.clone(), resource::read),
        Method::PromptsGet => return start(app, exchange, span.clone(), prompt::get),
        Method::ResourcesList if resource::is_dynamic(&app.live.registry()) => {
            return run(app, exchange, span.clone(), resource::list);
        }
        Method::ResourcesSubscribe => {
            return run(app, exchange, span.clone(), subscriptions::subscribe);
        }
        Method::Complete => return run(app, exchange, span.clone(), completion::complete),
        Method::Listen => return listen(app, exchange, span.clone()),
        Method::ToolsList => list::<ToolSpec>(app, &exchange),
        Method::ResourcesList => list::<ResourceSpec>(app, &exchange),
        Method::ResourcesTemplatesList => list::<TemplateSpec>(app, &exchange),
        Method::PromptsList => list::<PromptSpec>(app, &exchange),
        Method::ResourcesUnsubscribe => {
            subscriptions::unsubscribe(&exchange).map(|()| Members::default())
        }
        Method::Ping => Ok(Members::default()),
        Method::Discover => Ok(discovery::discover(app, exchange.facts())),
        Method::SetLevel => set_level(&exchange),
        // The connection handles it, because it opens a session.
        Method::Initialize
        // Sent by servers, or notifications.
        | Method::CreateMessage
        | Method::Elicit
        | Method::RootsList
        | Method::Initialized
        | Method::Cancelled
        | Method::Progress
        | Method::LogMessage
        | Method::ToolsListChanged
        | Method::ResourcesListChanged
        | Method::ResourceUpdated
        | Method::PromptsListChanged
        | Method::RootsListChanged
        | Method::ElicitationComplete
        | Method::SubscriptionsAcknowledged
        | Method::TaskStatus
        // Not implemented.
        | Method::TasksGet
        | Method::TasksUpdate
        | Method::TasksCancel
        | Method::TasksResult
        | Method::TasksList => return unknown(app, exchange),
    };
    drop(entered);
    ready(app, exchange, output)
}

fn unknown(app: &Arc<App>, exchange: Exchange) -> Reply {
    let error = ProtocolError::method_not_found(exchange.method.as_str());
    ready(app, exchange, Err(error))
}

fn ready(app: &Arc<App>, exchange: Exchange, output: Result<Members, ProtocolError>) -> Reply {
    let output = output.map(HandlerOutput::Members);
    Reply::Ready(Completed::new(app, exchange.id, exchange.revision, output))
}

fn call_method(
    app: &Arc<App>,
    handler: &extension::Handler<extension::MethodHandler>,
    mut exchange: Exchange,
    span: tracing::Span,
) -> Reply {
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    mount_scope::enter(handler.mount_scope.as_ref(), &mut exchange);
    let method = exchange.method.as_str().into();
    let answer = (handler.handle)(Context::new(app.clone(), exchange, None), method);
    let work = Work::Own(Box::pin(async move { answer.await.map(HandlerOutput::Members) }));
    Reply::Running(Running::new(app, id, revision, channel, span, work))
}

/// Starts a handler that remembers how long it takes to yield.
fn start(
    app: &Arc<App>,
    exchange: Exchange,
    span: tracing::Span,
    begin: fn(&Arc<App>, Exchange) -> Result<StartedHandler, ProtocolError>,
) -> Reply {
    if let Err(error) = ask::admit(app, &exchange, Retry::of(exchange.params())) {
        return ready(app, exchange, Err(error));
    }
    // A handler may do more than make its future, and panic at that.
    match guarded(|| begin(app, exchange.clone())).flatten() {
        Ok(StartedHandler { work, poll_budget }) => {
            let Exchange { id, revision, channel, .. } = exchange;
            let running = Running::new(app, id, revision, channel, span, Work::Own(work));
            Reply::Running(running.timed(poll_budget))
        }
        Err(error) => ready(app, exchange, Err(error)),
    }
}

/// Starts what the server does itself, perhaps with the help of handlers.
fn run<R>(
    app: &Arc<App>,
    exchange: Exchange,
    span: tracing::Span,
    work: fn(Arc<App>, Exchange) -> R,
) -> Reply
where
    R: Future<Output = Result<Members, ProtocolError>> + Send + 'static,
{
    let (id, revision, channel) =
        (exchange.id.clone(), exchange.revision, exchange.channel.clone());
    let members = work(Arc::clone(app), exchange);
    let work = Box::pin(async move { members.await.map(HandlerOutput::Members) });
    Reply::Running(Running::new(app, id, revision, channel, span, Work::Own(work)))
}

/// What a request for a tool names.
struct Wanted {
    spec: Arc<ToolSpec>,
    arguments: Span,
}

fn call_tool(app: &Arc<App>, mut exchange: Exchange, span: tracing::Span) -> Reply {
    let Wanted { spec, arguments } = match wanted_tool(app, &exchange) {
        Ok(wanted) => wanted,
        Err(error) => return ready(app, exchange, Err(error)),
    };
    let id = exchange.id.clone();
    let revision = exchange.revision;
    let channel = exchange.channel.clone();
    span.record("tool", spec.name());
    mount_scope::enter(spec.mount_scope.as_ref(), &mut exchange);
    let call = Call::new(app.clone(), Arc::clone(&spec), exchange, arguments);
    let cancellation = call.cancellation();
    let is_apart = cancellation.is_some();
    // A handler may do more than make its future, and panic at that.
    let mut future = match guarded(|| spec.handler.call(call)) {
        Ok(future) => future,
        Err(error) => return Reply::Ready(Completed::new(app, id, revision, Err(error))),
    };
    if let Some(cancellation) = cancellation {
        future = cooperative(future, cancellation, channel.clone());
    }
    let running =
        Running::new(app, id, revision, channel, span, Work::Tool(future)).apart(is_apart);
    Reply::Running(running.timed(Arc::clone(&spec.poll_budget)))
}

fn wanted_tool(app: &Arc<App>, exchange: &Exchange) -> Result<Wanted, ProtocolError> {
    let (mut name, mut arguments, mut retry) = (None, None, Retry::default());
    for (key, value) in exchange.params().into_iter().flat_map(Raw::members) {
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
    let arguments = arguments.filter(|arguments| arguments.as_str() != "null");
    if arguments.is_some_and(|arguments| !arguments.is_object()) {
        return Err(ProtocolError::invalid_params(
            "tools/call: expected `arguments` to be an object",
        ));
    }
    let registry = app.registry_for(exchange);
    let tools = &registry.tools;
    let spec = tools.get(&name).ok_or_else(|| unknown_tool(&name, tools.nearest(&name)))?;
    ask::admit(app, exchange, retry)?;
    let arguments = arguments.map(|text| Span::of(text.as_str(), &exchange.frame));
    Ok(Wanted { spec: Arc::clone(spec), arguments: arguments.unwrap_or_default() })
}

fn unknown_tool(name: &str, nearest: Option<&str>) -> ProtocolError {
    let shown: String = name.chars().take(128).collect();
    ProtocolError::invalid_params(match nearest {
        Some(nearest) => format!("unknown tool: {shown}; did you mean `{nearest}`?"),
        None => format!("unknown tool: {shown}; `tools/list` names the tools there are"),
    })
}

fn list<T: Listed>(app: &Arc<App>, exchange: &Exchange) -> Result<Members, ProtocolError> {
    let registry = app.registry_for(exchange);
    let members = T::list(&registry).page(exchange.params(), app.page_size, exchange.revision)?;
    Ok(Members { members, cache: Some(app.list_hint), ..Members::default() })
}

fn set_level(exchange: &Exchange) -> Result<Members, ProtocolError> {
    let given = exchange.params().and_then(|params| params.member("level"));
    let level = given.and_then(Raw::string).and_then(|name| LoggingLevel::parse(&name));
    let level = level.ok_or_else(|| {
        ProtocolError::invalid_params(
            "logging/setLevel: expected `level`, one of debug, info, notice, warning, error, \
             critical, alert, emergency",
        )
    })?;
    if let Sender::Session(session) = &exchange.sender {
        session.set_log_level(level);
    }
    Ok(Members::default())
}

fn listen(app: &Arc<App>, exchange: Exchange, span: tracing::Span) -> Reply {
    let subscription = match Subscription::read(app, &exchange) {
        Ok(subscription) => subscription,
        Err(error) => return ready(app, exchange, Err(error)),
    };
    let id = exchange.id.clone();
    let revision = exchange.revision;
    let meta = json::members_string(|members| members.value(meta::SUBSCRIPTION_ID, &id));
    let work = subscription.serve(Arc::clone(app), exchange.channel.clone(), meta.clone());
    let work = Work::Own(Box::pin(async move {
        work.await;
        Ok(HandlerOutput::Members(Members { members: Bytes::new(), meta, ..Members::default() }))
    }));
    Reply::Running(Running::new(app, id, revision, exchange.channel, span, work))
}
