//! Dispatch: from the method of a request to its component, and to its answer or handler.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::method::Method;
use mcp_core::protocol::{LoggingLevel, meta};

use super::discovery;
use super::running::{Work, cooperative};
use super::subscriptions::{self, Subscription};
use super::tasks;
use super::time_limit::{self, TimedOut};
use crate::component::app::App;
use crate::component::handler::{HandlerFuture, HandlerOutput, StartedHandler, guarded};
use crate::component::mount_scope::{self, MountScope};
use crate::component::poll_budget::PollBudget;
use crate::component::prompt::get::RequestedPrompt;
use crate::component::prompt::spec::PromptSpec;
use crate::component::registry::Listed;
use crate::component::resource::read::RequestedResource;
use crate::component::resource::spec::{ResourceSpec, TemplateSpec};
use crate::component::tool::call::Call;
use crate::component::tool::find::RequestedTool;
use crate::component::tool::spec::ToolSpec;
use crate::component::{completion, extension, prompt, resource, tool};
use crate::context::budget::Exceeded;
use crate::context::exchange::{Exchange, MethodName, Sender, Span};
use crate::context::handle::Context;
use crate::context::members::Members;
use crate::context::resource_subscriptions::NotSubscribed;
use crate::context::session::SessionChange;

/// A request whose component has been looked up.
pub(crate) enum Target {
    Tool(RequestedTool),
    Prompt(RequestedPrompt),
    Resource(RequestedResource),
    /// A method of an extension.
    Extension(extension::Handler<extension::MethodHandler>),
    /// Any other method of the protocol.
    Method(Method),
}

impl Target {
    /// The mounted server that the component comes from, if there is one.
    pub(crate) fn mount_scope(&self) -> Option<&Arc<MountScope>> {
        match self {
            Self::Tool(tool) => tool.spec.mount_scope.as_ref(),
            Self::Prompt(prompt) => prompt.spec.mount_scope.as_ref(),
            Self::Resource(resource) => resource.reader.mount_scope.as_ref(),
            Self::Extension(handler) => handler.mount_scope.as_ref(),
            Self::Method(_) => None,
        }
    }

    /// The time budget of the component's first polls; `None` if no single component is asked for.
    pub(crate) fn poll_budget(&self) -> Option<&Arc<PollBudget>> {
        match self {
            Self::Tool(tool) => Some(&tool.spec.poll_budget),
            Self::Prompt(prompt) => Some(&prompt.spec.poll_budget),
            Self::Resource(resource) => Some(&resource.reader.poll_budget),
            Self::Extension(handler) => Some(&handler.poll_budget),
            Self::Method(_) => None,
        }
    }

    /// The tool, if it is one.
    pub(crate) fn tool(&self) -> Option<&ToolSpec> {
        match self {
            Self::Tool(tool) => Some(&tool.spec),
            _ => None,
        }
    }

    /// Time limit of the handler on a server with a limit.
    fn time_limit(&self, of_server: Option<Duration>) -> Option<Duration> {
        match self {
            Self::Tool(tool) => tool.spec.time_limit.or(of_server),
            Self::Prompt(prompt) => prompt.spec.time_limit.or(of_server),
            Self::Resource(resource) => resource.reader.time_limit.or(of_server),
            Self::Extension(_) | Self::Method(Method::Complete) => of_server,
            Self::Method(_) => None,
        }
    }

    /// Position in the frame of the arguments of a call of a tool or prompt.
    pub(crate) fn arguments(&self) -> Option<Span> {
        match self {
            Self::Tool(tool) => Some(tool.arguments),
            Self::Prompt(prompt) => Some(prompt.arguments),
            Self::Resource(_) | Self::Extension(_) | Self::Method(_) => None,
        }
    }

    /// The same, to be replaced.
    pub(crate) fn arguments_mut(&mut self) -> Option<&mut Span> {
        match self {
            Self::Tool(tool) => Some(&mut tool.arguments),
            Self::Prompt(prompt) => Some(&mut prompt.arguments),
            Self::Resource(_) | Self::Extension(_) | Self::Method(_) => None,
        }
    }
}

/// An answer, or the handler that will give it.
pub(crate) enum Started {
    Ready(Result<HandlerOutput, ProtocolError>),
    /// There is no memory for the request.
    Refused(Exceeded),
    Handler {
        work: Work,
        /// Time budget of first polls of its component.
        poll_budget: Arc<PollBudget>,
        /// `true` if the handler runs in a task of its own.
        is_apart: bool,
    },
}

impl Started {
    fn members(members: Result<Members, ProtocolError>) -> Self {
        Self::Ready(members.map(HandlerOutput::Members))
    }

    fn work(work: HandlerFuture, poll_budget: Arc<PollBudget>) -> Self {
        Self::Handler { work: Work::Own(work), poll_budget, is_apart: false }
    }
}

/// Looks up the component that a request asks for. `None` if the server does not have the method.
///
/// `initialize` is not dispatched: it opens a session, which belongs to the connection.
pub(crate) fn resolve(
    app: &Arc<App>,
    exchange: &Exchange,
) -> Option<Result<Target, ProtocolError>> {
    let method = match &exchange.method {
        MethodName::Protocol(method) => *method,
        MethodName::Extension(name) => {
            return app
                .extensions
                .method(name)
                .map(|handler| Ok(Target::Extension(handler.clone())));
        }
    };
    if !exchange.facts().has(method) || !app.offers_method(method) {
        return None;
    }
    Some(if method == Method::ToolsCall {
        tool::find::find(app, exchange).map(Target::Tool)
    } else if method == Method::PromptsGet {
        prompt::get::find(app, exchange).map(Target::Prompt)
    } else if method == Method::ResourcesRead {
        resource::read::find(app, exchange).map(Target::Resource)
    } else {
        Ok(Target::Method(method))
    })
}

/// Answers a request, or starts its handler.
// An exchange is large to move, here and in what follows.
#[inline(always)]
pub(crate) fn start(app: &Arc<App>, exchange: Exchange, target: Target) -> Started {
    match target.time_limit(app.bounds.handler_timeout) {
        None => start_unlimited(app, exchange, target),
        Some(limit) => {
            let timed_out = TimedOut::new(&exchange, &target);
            time_limit::limited(start_unlimited(app, exchange, target), limit, timed_out)
        }
    }
}

#[inline(always)]
fn start_unlimited(app: &Arc<App>, exchange: Exchange, target: Target) -> Started {
    match target {
        Target::Tool(tool) => {
            if app.live.has_tasks()
                && let Err(error) = tasks::admit(app, &exchange, &tool)
            {
                return Started::Ready(Err(error));
            }
            call_tool(app, exchange, tool)
        }
        // A handler may do more than create its future, and panic while it does.
        Target::Prompt(prompt) => handler(guarded(|| prompt::get::start(app, prompt, exchange))),
        Target::Resource(resource) => {
            handler(guarded(|| resource::read::start(app, resource, exchange)))
        }
        Target::Extension(handler) => call_extension(app, exchange, &handler),
        Target::Method(method) => serve_method(app, exchange, method),
    }
}

fn handler(started: Result<StartedHandler, ProtocolError>) -> Started {
    match started {
        Ok(StartedHandler { work, poll_budget }) => Started::work(work, poll_budget),
        Err(error) => Started::Ready(Err(error)),
    }
}

fn serve_method(app: &Arc<App>, exchange: Exchange, method: Method) -> Started {
    Started::members(match method {
        Method::ResourcesList if resource::is_dynamic(&app.live.registry()) => {
            return run(&app.poll_budget, resource::list(Arc::clone(app), exchange));
        }
        Method::ResourcesSubscribe => {
            return run(&app.poll_budget, subscriptions::subscribe(Arc::clone(app), exchange));
        }
        Method::Complete => {
            return run(&app.poll_budget, completion::complete(Arc::clone(app), exchange));
        }
        Method::Listen => return listen(app, exchange),
        Method::TasksGet => return run(&app.poll_budget, tasks::get(Arc::clone(app), exchange)),
        Method::TasksUpdate => {
            return run(&app.poll_budget, tasks::update(Arc::clone(app), exchange));
        }
        Method::TasksCancel => {
            return run(&app.poll_budget, tasks::cancel(Arc::clone(app), exchange));
        }
        Method::TasksResult => {
            return run(&app.poll_budget, tasks::result(Arc::clone(app), exchange));
        }
        Method::TasksList => return run(&app.poll_budget, tasks::list(Arc::clone(app), exchange)),
        Method::ToolsList => list::<ToolSpec>(app, &exchange),
        Method::ResourcesList => list::<ResourceSpec>(app, &exchange),
        Method::ResourcesTemplatesList => list::<TemplateSpec>(app, &exchange),
        Method::PromptsList => list::<PromptSpec>(app, &exchange),
        Method::ResourcesUnsubscribe => {
            return change(app, &exchange, subscriptions::unsubscribe(&exchange));
        }
        Method::Ping => Ok(Members::default()),
        Method::Discover => Ok(discovery::discover(app, exchange.facts())),
        Method::SetLevel => return change(app, &exchange, set_level(&exchange)),
        // Their components have been looked up.
        Method::ToolsCall
        | Method::ResourcesRead
        | Method::PromptsGet
        // The connection handles it, because it opens a session.
        | Method::Initialize
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
        | Method::CoreTaskStatus => Err(ProtocolError::method_not_found(method.as_str())),
    })
}

/// Starts the handler of a tool.
#[inline(always)]
pub(super) fn call_tool(app: &Arc<App>, mut exchange: Exchange, tool: RequestedTool) -> Started {
    let RequestedTool { spec, arguments } = tool;
    mount_scope::enter(spec.mount_scope.as_ref(), &mut exchange);
    // Only a cooperative handler needs it after the exchange has gone into its call.
    let channel = spec.cooperative.then(|| exchange.channel.clone());
    let call = Call::new(app.clone(), Arc::clone(&spec), exchange, arguments);
    let cancellation = call.cancellation();
    // A handler may do more than create its future, and panic while it does.
    let mut future = match guarded(|| spec.handler.call(call)) {
        Ok(future) => future,
        Err(error) => return Started::Ready(Err(error)),
    };
    let is_apart = cancellation.is_some();
    if let (Some(cancellation), Some(channel)) = (cancellation, channel) {
        future = cooperative(future, cancellation, channel);
    }
    let poll_budget = Arc::clone(&spec.poll_budget);
    Started::Handler { work: Work::Tool(future), poll_budget, is_apart }
}

fn call_extension(
    app: &Arc<App>,
    mut exchange: Exchange,
    handler: &extension::Handler<extension::MethodHandler>,
) -> Started {
    mount_scope::enter(handler.mount_scope.as_ref(), &mut exchange);
    let method = exchange.method.as_str().into();
    let members = (handler.handle)(Context::new(app.clone(), exchange, None), method);
    run(&handler.poll_budget, members)
}

/// Starts a future that returns the members of the result.
fn run(
    poll_budget: &Arc<PollBudget>,
    members: impl Future<Output = Result<Members, ProtocolError>> + Send + 'static,
) -> Started {
    let work = async move { members.await.map(HandlerOutput::Members) };
    Started::work(Box::pin(work), Arc::clone(poll_budget))
}

fn list<T: Listed>(app: &Arc<App>, exchange: &Exchange) -> Result<Members, ProtocolError> {
    let registry = app.registry_for(exchange);
    let list = T::list(&registry);
    let (size, strict) = (app.page_size, app.strict_arguments);
    let members = list.page(exchange.params(), size, strict, exchange.revision)?;
    let cache = Some(app.list_hint::<T>());
    Ok(Members { members, cache, is_shared_line: true, ..Members::default() })
}

/// Carries out a change of the session.
fn change(
    app: &Arc<App>,
    exchange: &Exchange,
    change: Result<SessionChange, ProtocolError>,
) -> Started {
    let changed = match (change, &exchange.sender) {
        (Ok(change), Sender::Session(session)) if session.is_stored() => {
            let session = Arc::clone(session);
            return run(&app.poll_budget, async move {
                session.change(change).await.map(|()| Members::default())
            });
        }
        (Ok(change), Sender::Session(session)) => session.change_here(&change),
        (change, Sender::Request) => change.map(drop),
        (Err(error), Sender::Session(_)) => Err(error),
    };
    Started::members(changed.map(|()| Members::default()))
}

fn set_level(exchange: &Exchange) -> Result<SessionChange, ProtocolError> {
    let given = exchange.params().and_then(|params| params.member("level"));
    let level = given.and_then(Raw::string).and_then(|name| LoggingLevel::parse(&name));
    level.map(SessionChange::LogLevel).ok_or_else(|| {
        ProtocolError::invalid_params(
            "logging/setLevel: expected `level`, one of debug, info, notice, warning, error, \
             critical, alert, emergency",
        )
    })
}

fn listen(app: &Arc<App>, exchange: Exchange) -> Started {
    let subscription = match Subscription::read(app, &exchange) {
        Ok(subscription) => subscription,
        Err(NotSubscribed::Invalid(error)) => return Started::Ready(Err(error)),
        Err(NotSubscribed::Exceeded(exceeded)) => return Started::Refused(exceeded),
    };
    let meta = json::members_string(|members| members.value(meta::SUBSCRIPTION_ID, &exchange.id));
    let serving = Arc::clone(app);
    let work = match subscription.task_ids() {
        [] => subscription.serve(serving, exchange, meta, None),
        _ => Box::pin(async move {
            let tasks = tasks::follow(&serving, &exchange, subscription.task_ids()).await?;
            subscription.serve(serving, exchange, meta, Some(tasks)).await
        }),
    };
    Started::work(work, Arc::clone(&app.poll_budget))
}
