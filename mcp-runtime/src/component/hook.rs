//! Hooks: code of the server's author around every request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::{ProtocolError, Raw};
use mcp_core::protocol::CallToolResult;
use mcp_core::revision::Facts;
use serde::Serialize;

use super::handler::HandlerOutput;
use super::rendered::Rendered;
use super::tool::outcome::ToolOutcome;
use crate::clock::Instant;
use crate::context::exchange::Span;
use crate::context::handle::Context;
use crate::context::members::Members;
use crate::context::principal::Principal;

/// Code that runs around the requests of a server: to count, time, audit, refuse or change them.
///
/// Every method is optional. Hooks run around every request that the server serves except for
/// `initialize`, lists and pings included. Of several hooks the first one given is the outermost.
/// Only [`Hook::before`] runs for a request that is cancelled. A tower layer around
/// [`Server::into_service`](crate::Server::into_service) sees HTTP requests as a whole instead.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::hook::{Hook, HookFailure, HookRequest, HookResult};
/// use mcp_runtime::ProtocolError;
///
/// struct Audit;
///
/// impl Hook for Audit {
///     async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
///         if request.name() == Some("drop_tables") && request.principal().subject().is_none() {
///             return Err(ProtocolError::invalid_request("sign in first"));
///         }
///         Ok(())
///     }
///
///     async fn after(&self, request: &HookRequest, result: &mut HookResult<'_>) {
///         println!("{} took {:?}: {}", request.method(), request.elapsed(), result.json());
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
    /// Runs before a request is served, and may replace its arguments.
    ///
    /// # Errors
    /// An error answers the request, and it is not served. [`Hook::error`] of the hooks further out
    /// sees it as any other error.
    fn before(
        &self,
        request: &mut HookRequest,
    ) -> impl Future<Output = Result<(), ProtocolError>> + Send {
        let _ = request;
        std::future::ready(Ok(()))
    }

    /// Runs after a request was served, before its result is sent, and may replace the result.
    fn after(
        &self,
        request: &HookRequest,
        result: &mut HookResult<'_>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (request, result);
        std::future::ready(())
    }

    /// Runs after a request has failed, before the failure is sent.
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
    name: Option<Box<str>>,
    /// Position of the arguments in the frame, for a call of a tool or prompt.
    arguments: Option<Span>,
    replaced_arguments: Option<String>,
    context: Context,
    started: Instant,
}

impl HookRequest {
    /// A request for a component, with the arguments that hooks may replace.
    pub(crate) fn new(context: Context, name: Option<Box<str>>, arguments: Option<Span>) -> Self {
        Self { name, arguments, replaced_arguments: None, context, started: Instant::now() }
    }

    /// The method, such as `tools/call`.
    pub fn method(&self) -> &str {
        self.context.exchange().method.as_str()
    }

    /// The requested component: the name of a tool or prompt, the URI of a resource.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The arguments of a call of a tool or prompt, as the text of a JSON object; `None` for other
    /// requests.
    pub fn arguments(&self) -> Option<&str> {
        let sent = self.arguments?.text(&self.context.exchange().frame);
        let sent = if sent.is_empty() { "{}" } else { sent };
        Some(self.replaced_arguments.as_deref().unwrap_or(sent))
    }

    /// Replaces the arguments of a call of a tool or prompt.
    ///
    /// The state of a call that asks its client stays bound to the arguments that the client sent.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::hook::{Hook, HookRequest};
    /// use mcp_runtime::ProtocolError;
    /// use mcp_runtime::serde_json::{Value, json};
    ///
    /// /// Limits every search to the tenant of the caller.
    /// struct Tenant;
    ///
    /// impl Hook for Tenant {
    ///     async fn before(&self, request: &mut HookRequest) -> Result<(), ProtocolError> {
    ///         let Some(arguments) = request.arguments() else { return Ok(()) };
    ///         let Ok(mut arguments) = serde_json::from_str::<Value>(arguments) else { return Ok(()) };
    ///         arguments["tenant"] = json!(request.principal().subject());
    ///         request.replace_arguments(&arguments)
    ///     }
    /// }
    /// # drop(Server::new("search", "1.0.0").hook(Tenant));
    /// ```
    ///
    /// # Errors
    /// `-32603` if the value is not an object as JSON, or the request has no arguments.
    pub fn replace_arguments(&mut self, arguments: &impl Serialize) -> Result<(), ProtocolError> {
        let json = serde_json::to_string(arguments);
        let json = json.ok().filter(|json| json.starts_with('{'));
        match (self.arguments, json) {
            (Some(_), Some(json)) => {
                self.replaced_arguments = Some(json);
                Ok(())
            }
            (None, _) => Err(not_replaced(self.method(), "it has no arguments")),
            (_, None) => Err(not_replaced(self.method(), "the new ones are not a JSON object")),
        }
    }

    /// The new arguments, if a hook has replaced them.
    pub(crate) fn replaced_arguments(&self) -> Option<&str> {
        self.replaced_arguments.as_deref()
    }

    /// The authenticated sender; anonymous unless something in front of the server names one.
    pub fn principal(&self) -> &Principal {
        self.context.principal()
    }

    /// Everything else that a handler can read of the request.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The time since the request reached the hooks.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

fn not_replaced(method: &str, reason: &str) -> ProtocolError {
    tracing::error!(method, reason, "a hook cannot replace the arguments of this request");
    ProtocolError::internal("a hook of the server failed")
}

/// The result of a request, before it is sent.
pub struct HookResult<'a> {
    output: &'a mut HandlerOutput,
    facts: &'static Facts,
}

impl<'a> HookResult<'a> {
    pub(crate) fn new(output: &'a mut HandlerOutput, facts: &'static Facts) -> Self {
        Self { output, facts }
    }

    /// The members of the result, as the text of a JSON object. Members that the framework adds to
    /// every result, such as `_meta`, are left out.
    pub fn json(&self) -> String {
        let mut json = vec![b'{'];
        match &*self.output {
            HandlerOutput::Tool(outcome) => outcome.write_members(&mut json, self.facts),
            HandlerOutput::Members(members) => json.extend_from_slice(&members.members),
        }
        json.push(b'}');
        String::from_utf8_lossy(&json).into_owned()
    }

    /// Replaces the result of the method, such as a `CallToolResult` for `tools/call`.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use mcp_runtime::hook::{Hook, HookRequest, HookResult};
    ///
    /// /// Hides what looks like a card number.
    /// struct Redact;
    ///
    /// impl Hook for Redact {
    ///     async fn after(&self, request: &HookRequest, result: &mut HookResult<'_>) {
    ///         if request.method() == "tools/call" && result.json().contains("4111 1111") {
    ///             let hidden = CallToolResult::new([Content::text("hidden")]);
    ///             result.replace(&hidden).expect("a result is an object");
    ///         }
    ///     }
    /// }
    /// # drop(Server::new("shop", "1.0.0").hook(Redact));
    /// ```
    ///
    /// # Errors
    /// `-32603` if the value is not an object as JSON; the result stays as it is.
    pub fn replace(&mut self, result: &impl Serialize) -> Result<(), ProtocolError> {
        let rendered = Rendered::of_cacheable(result).map_err(|reason| {
            tracing::error!(reason, "a hook cannot replace the result of a request");
            ProtocolError::internal("a hook of the server failed")
        })?;
        match &mut *self.output {
            HandlerOutput::Tool(outcome) => {
                let tool_result = serde_json::to_string(result).ok();
                let tool_result = tool_result
                    .and_then(|json| Raw::from_accepted(&json).parse::<CallToolResult>().ok());
                *outcome = match tool_result {
                    Some(result) => ToolOutcome::composed(result, false),
                    None => ToolOutcome::extended(rendered),
                };
            }
            HandlerOutput::Members(members) => {
                let Rendered { members: new, meta, result_type, cache } = rendered;
                let cache = cache.or(members.cache);
                let new = new.into();
                *members = Members { members: new, meta, result_type, cache, ..Members::default() };
            }
        }
        Ok(())
    }
}

impl fmt::Debug for HookResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HookResult").field(&self.json()).finish()
    }
}

/// The failure of a request.
#[derive(Debug)]
#[non_exhaustive]
pub enum HookFailure<'a> {
    /// A JSON-RPC error.
    Protocol(&'a ProtocolError),
    /// The text of a tool result with `isError`.
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

type HookFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Hook`] as a trait object.
pub(crate) trait AnyHook: Send + Sync {
    fn before<'a>(
        &'a self,
        request: &'a mut HookRequest,
    ) -> HookFuture<'a, Result<(), ProtocolError>>;
    fn after<'a>(
        &'a self,
        request: &'a HookRequest,
        result: &'a mut HookResult<'_>,
    ) -> HookFuture<'a, ()>;
    fn error<'a>(
        &'a self,
        request: &'a HookRequest,
        failure: &'a HookFailure<'a>,
    ) -> HookFuture<'a, ()>;
}

impl<H: Hook> AnyHook for H {
    fn before<'a>(
        &'a self,
        request: &'a mut HookRequest,
    ) -> HookFuture<'a, Result<(), ProtocolError>> {
        Box::pin(Hook::before(self, request))
    }

    fn after<'a>(
        &'a self,
        request: &'a HookRequest,
        result: &'a mut HookResult<'_>,
    ) -> HookFuture<'a, ()> {
        Box::pin(Hook::after(self, request, result))
    }

    fn error<'a>(
        &'a self,
        request: &'a HookRequest,
        failure: &'a HookFailure<'a>,
    ) -> HookFuture<'a, ()> {
        Box::pin(Hook::error(self, request, failure))
    }
}
