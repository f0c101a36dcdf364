//! Hooks: code of the server's author around every request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use tokio::time::Instant;

use crate::context::handle::Context;
use crate::context::principal::Principal;

/// What runs around the requests of a server: for counting, timing, auditing and refusing.
///
/// Each function does nothing unless it is written. Hooks run around every request that the server
/// serves except for `initialize`, lists and pings included; [`HookRequest`] says which it is. Of
/// several hooks the first one given is the outermost. Of a request that is cancelled they hear
/// no more than [`Hook::before`]. A tower layer around
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
    /// Before a request is served. An error answers it, and it is not served; the hooks further
    /// out hear of it as of any error.
    fn before(
        &self,
        request: &HookRequest,
    ) -> impl Future<Output = Result<(), ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Ok(()))
    }

    /// After a request was served, before its answer is sent.
    fn after(&self, request: &HookRequest) -> impl Future<Output = ()> + Send {
        let _ = request;
        std::future::ready(())
    }

    /// After a request has failed, before the failure is sent.
    fn error(
        &self,
        request: &HookRequest,
        failure: &HookFailure<'_>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (request, failure);
        std::future::ready(())
    }
}

/// A request on its way through the hooks.
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
pub enum HookFailure<'a> {
    /// By an error of the protocol.
    Protocol(&'a ProtocolError),
    /// By a result that tells a model of the failure, with its text.
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

/// A hook behind one pointer.
pub(crate) type SharedHook = Arc<dyn AnyHook>;

type Step<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Hook`] without its types.
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
