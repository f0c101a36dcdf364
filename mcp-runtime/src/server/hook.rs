//! Hooks: code of the server's author around every request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::method::Method;
use tokio::time::Instant;

use super::app::App;
use super::builder::Server;
use super::dispatch::serve;
use super::running::{Produced, Reply, Running, Work};
use crate::component::first_polls::FirstPolls;
use crate::component::home::Home;
use crate::component::resource;
use crate::context::exchange::{Exchange, MethodName};
use crate::context::handle::{Context, Principal};

/// What runs around the requests of a server: for counting, timing, auditing and refusing.
///
/// Each function does nothing unless it is written. Hooks run around every request that the server
/// serves except for `initialize`, lists and pings included; [`Incoming`] says which it is. Of
/// several hooks the first one given is the outermost. Of a request that is cancelled they hear
/// no more than [`Hook::before`]. A tower layer around
/// [`Server::into_service`](crate::server::builder::Server::into_service) sees HTTP requests as a whole instead.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{Failure, Hook, Incoming, ProtocolError};
///
/// struct Audit;
///
/// impl Hook for Audit {
///     async fn before(&self, request: &Incoming) -> Result<(), ProtocolError> {
///         if request.name() == Some("drop_tables") && request.principal().subject().is_none() {
///             return Err(ProtocolError::invalid_request("say who you are"));
///         }
///         Ok(())
///     }
///
///     async fn after(&self, request: &Incoming) {
///         println!("{} took {:?}", request.method(), request.elapsed());
///     }
///
///     async fn error(&self, request: &Incoming, failure: &Failure<'_>) {
///         println!("{} failed: {failure}", request.method());
///     }
/// }
///
/// let server = Server::new("files", "1.0.0").hook(Audit);
/// # drop(server);
/// ```
pub trait Hook: Send + Sync + 'static {
    /// Before a request is served. An error answers it, and it is not served; the hooks further
    /// out hear of it as of any error.
    fn before(&self, request: &Incoming) -> impl Future<Output = Result<(), ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Ok(()))
    }

    /// After a request was served, before its answer is sent.
    fn after(&self, request: &Incoming) -> impl Future<Output = ()> + Send {
        let _ = request;
        std::future::ready(())
    }

    /// After a request has failed, before the failure is sent.
    fn error(&self, request: &Incoming, failure: &Failure<'_>) -> impl Future<Output = ()> + Send {
        let _ = (request, failure);
        std::future::ready(())
    }
}

/// A request on its way through the hooks.
#[derive(Debug)]
pub struct Incoming {
    name: Option<Box<str>>,
    context: Context,
    since: Instant,
}

impl Incoming {
    /// The method, such as `tools/call`.
    pub fn method(&self) -> &str {
        self.context.exchange().method.as_str()
    }

    /// The component that is asked for: the name of a tool or prompt, the URI of a resource.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Who asks; anonymous unless something in front of the server says who.
    pub fn principal(&self) -> &Principal {
        self.context.principal()
    }

    /// Everything else that handlers may know of the request.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// How long ago it came to the hooks.
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

/// How a request has failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure<'a> {
    /// By an error of the protocol.
    Protocol(&'a ProtocolError),
    /// By a result that tells a model of the failure, with its text.
    Tool(&'a str),
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(error) => error.fmt(f),
            Self::Tool(text) => f.write_str(text),
        }
    }
}

/// A hook behind one pointer.
pub(crate) type SharedHook = Arc<dyn AnyHook>;

type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Hook`] without its types.
pub(crate) trait AnyHook: Send + Sync {
    fn before<'a>(&'a self, request: &'a Incoming) -> Step<'a, Result<(), ProtocolError>>;
    fn after<'a>(&'a self, request: &'a Incoming) -> Step<'a, ()>;
    fn error<'a>(&'a self, request: &'a Incoming, failure: &'a Failure<'a>) -> Step<'a, ()>;
}

impl<H: Hook> AnyHook for H {
    fn before<'a>(&'a self, request: &'a Incoming) -> Step<'a, Result<(), ProtocolError>> {
        Box::pin(Hook::before(self, request))
    }

    fn after<'a>(&'a self, request: &'a Incoming) -> Step<'a, ()> {
        Box::pin(Hook::after(self, request))
    }

    fn error<'a>(&'a self, request: &'a Incoming, failure: &'a Failure<'a>) -> Step<'a, ()> {
        Box::pin(Hook::error(self, request, failure))
    }
}

impl Server {
    /// Runs a hook around every request. See [`Hook`].
    #[must_use]
    pub fn hook(mut self, hook: impl Hook) -> Self {
        self.hooks.push(Arc::new(hook));
        self
    }
}

/// Serves a request with the hooks around it.
pub(crate) fn around(app: &Arc<App>, exchange: Exchange, span: tracing::Span) -> Reply {
    if !is_served(app, &exchange) {
        // What nothing answers is nothing to run around.
        return serve(app, exchange, span);
    }
    let name = asked_for(&exchange);
    let asked = Asked::of(app, &exchange.method, name.as_deref().unwrap_or_default());
    let hooks = hooks_for(app, asked.home.as_ref());
    let incoming = Incoming {
        name,
        context: Context::new(Arc::clone(app), exchange.clone(), None),
        since: Instant::now(),
    };
    let (id, revision, voice) = (exchange.id.clone(), exchange.revision, exchange.voice.clone());
    let inner = span.clone();
    let work = Work::Own(Box::pin(run(hooks, incoming, Arc::clone(app), exchange, inner)));
    let running = Running::new(app, id, revision, voice, span, work);
    Reply::Running(match asked.first_polls {
        Some(first_polls) => running.timed(first_polls),
        None => running,
    })
}

/// What answers a request, as far as hooks need to know it.
#[derive(Default)]
struct Asked {
    home: Option<Arc<Home>>,
    first_polls: Option<Arc<FirstPolls>>,
}

impl Asked {
    fn of(app: &App, method: &MethodName, name: &str) -> Self {
        let registry = app.live.registry();
        let of = |home: &Option<Arc<Home>>, first_polls: &Arc<FirstPolls>| Self {
            home: home.clone(),
            first_polls: Some(Arc::clone(first_polls)),
        };
        let found = match method {
            MethodName::Protocol(Method::ToolsCall) => {
                registry.tools.get(name).map(|tool| of(&tool.home, &tool.first_polls))
            }
            MethodName::Protocol(Method::PromptsGet) => {
                registry.prompts.get(name).map(|prompt| of(&prompt.home, &prompt.first_polls))
            }
            MethodName::Protocol(Method::ResourcesRead) => resource::find_reader(&registry, name)
                .map(|(reader, _)| of(&reader.home, &reader.first_polls)),
            MethodName::Protocol(_) => None,
            MethodName::Extension(name) => app
                .extensions
                .method(name)
                .map(|handler| Self { home: handler.home.clone(), first_polls: None }),
        };
        found.unwrap_or_default()
    }
}

/// Those of the server, then those of the servers that the component was mounted from.
fn hooks_for(app: &App, home: Option<&Arc<Home>>) -> Vec<SharedHook> {
    let mut hooks = app.hooks.clone();
    Home::outermost_first(home, &mut |home| hooks.extend(home.hooks.iter().cloned()));
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
    incoming: Incoming,
    app: Arc<App>,
    exchange: Exchange,
    span: tracing::Span,
) -> Result<Produced, ProtocolError> {
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
        None => match serve(&app, exchange, span) {
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

fn failure(produced: &Result<Produced, ProtocolError>) -> Option<Failure<'_>> {
    match produced {
        Err(error) => Some(Failure::Protocol(error)),
        Ok(Produced::Tool(outcome)) if outcome.is_error() => Some(Failure::Tool(outcome.text())),
        Ok(_) => None,
    }
}
