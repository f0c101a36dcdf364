//! Hooks: user code around every request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use tokio::time::Instant;

use crate::context::handle::Context;
use crate::context::principal::Principal;

/// Code around the requests of a server, for metrics, audits and rejection.
///
/// The default methods do nothing. Hooks run around every request that the server
/// serves, except for `initialize`. Lists and pings are included; [`HookRequest`] has the method.
/// The first hook of a server is the outermost. For a cancelled request only
/// [`Hook::before`] runs. A tower layer around
/// [`Server::into_service`](crate::Server::into_service) sees HTTP requests as a whole instead.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{HookFailure, Hook, HookRequest, ProtocolError};
///
/// struct Audit;
///
/// impl Hook for Audit {
///     async fn before(&self, request: &HookRequest) -> Result<(), ProtocolError> {
///         if request.name() == Some("drop_tables") && request.principal().subject().is_none() {
///             return Err(ProtocolError::invalid_request("say who you are"));
///         }
///         Ok(())
///     }
///
///     async fn after(&self, request: &HookRequest) {
///         println!("{} took {:?}", request.method(), request.elapsed());
///     }
///
///     async fn error(&self, request: &HookRequest, failure: &HookFailure<'_>) {
///         println!("{} failed: {failure}", request.method());
///     }
/// }
///
/// let server = Server::new("files", "1.0.0").hook(Audit);
/// # drop(server);
/// ```
pub trait Hook: Send + Sync + 'static {
    /// Runs before a request is served. An error answers the request instead; the outer hooks
    /// receive it in [`Hook::error`].
    fn before(
        &self,
        request: &HookRequest,
    ) -> impl Future<Output = Result<(), ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Ok(()))
    }

    /// Runs after a request was served, before its answer is sent.
    fn after(&self, request: &HookRequest) -> impl Future<Output = ()> + Send {
        let _ = request;
        std::future::ready(())
    }

    /// Runs after a request has failed, before the error is sent.
    fn error(
        &self,
        request: &HookRequest,
        failure: &HookFailure<'_>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (request, failure);
        std::future::ready(())
    }
}

/// A request that passes through the hooks.
#[derive(Debug)]
pub struct HookRequest {
    pub(crate) name: Option<Box<str>>,
    pub(crate) context: Context,
    pub(crate) since: Instant,
}

impl HookRequest {
    /// The method, such as `tools/call`.
    pub fn method(&self) -> &str {
        self.context.exchange().method.as_str()
    }

    /// Key of the requested component: the name of a tool or prompt, the URI of a resource.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sender of the request. Anonymous unless the transport authenticates it.
    pub fn principal(&self) -> &Principal {
        self.context.principal()
    }

    /// Context that handlers receive.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Time since the request reached the hooks.
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }
}

/// Failure of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookFailure<'a> {
    /// An error of the protocol.
    Protocol(&'a ProtocolError),
    /// A tool result that is an error, with its text.
    Tool(&'a str),
}

impl fmt::Display for HookFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(error) => error.fmt(f),
            Self::Tool(text) => f.write_str(text),
        }
    }
}

/// A shared hook.
pub(crate) type SharedHook = Arc<dyn AnyHook>;

type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Object-safe form of [`Hook`].
pub(crate) trait AnyHook: Send + Sync {
    fn before<'a>(&'a self, request: &'a HookRequest) -> Step<'a, Result<(), ProtocolError>>;
    fn after<'a>(&'a self, request: &'a HookRequest) -> Step<'a, ()>;
    fn error<'a>(&'a self, request: &'a HookRequest, failure: &'a HookFailure<'a>) -> Step<'a, ()>;
}

impl<H: Hook> AnyHook for H {
    fn before<'a>(&'a self, request: &'a HookRequest) -> Step<'a, Result<(), ProtocolError>> {
        Box::pin(Hook::before(self, request))
    }

    fn after<'a>(&'a self, request: &'a HookRequest) -> Step<'a, ()> {
        Box::pin(Hook::after(self, request))
    }

    fn error<'a>(&'a self, request: &'a HookRequest, failure: &'a HookFailure<'a>) -> Step<'a, ()> {
        Box::pin(Hook::error(self, request, failure))
    }
}
