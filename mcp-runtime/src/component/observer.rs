//! Observers of requests, such as the audit log.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mcp_core::jsonrpc::ErrorCode;
use mcp_core::schema::Schema;

use super::policy::{Decision, Verdict};
use crate::clock::Instant;
use crate::context::exchange::Span;
use crate::context::handle::Context;
use crate::context::session::Session;

/// Observes the requests of a server.
pub(crate) trait Observer: Send + Sync {
    /// Waits until there is room for the record of a further request.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    /// Begins to observe a request, before its hooks run.
    fn begin(&self, request: &Observed) -> Box<dyn Observation>;

    /// Observes a session until the returned guard is dropped.
    fn session(&self, session: &Session) -> Option<Box<dyn Any + Send + Sync>> {
        let _ = session;
        None
    }

    /// Observes a request that is refused before it reaches the hooks.
    fn refused(&self, request: &Observed, reason: &str) {
        let verdict = Verdict { decision: Decision::Deny(reason.to_owned()), rule: None };
        let mut observation = self.begin(request);
        observation.decided(request, &Decided::By(&verdict));
        observation.end(request, &Outcome::Denied, None);
    }
}

/// One request that is observed.
pub(crate) trait Observation: Send {
    /// Observes a decision on the request.
    fn decided(&mut self, request: &Observed, decided: &Decided<'_>) {
        let _ = (request, decided);
    }

    /// Observes the end of the request. `arguments` are those that hooks have put in place of the sent ones.
    fn end(self: Box<Self>, request: &Observed, outcome: &Outcome, arguments: Option<&str>);
}

/// A decision on a request.
pub(crate) enum Decided<'a> {
    /// That of a policy.
    By(&'a Verdict),
    /// That of the user whom a policy has asked.
    User { agrees: bool },
}

/// A request as observers see it.
pub(crate) struct Observed {
    pub(crate) context: Context,
    /// The component that serves it, if it is known.
    pub(crate) component: Option<ObservedComponent>,
    /// The name or URI that is asked for.
    pub(crate) requested: Option<Box<str>>,
    /// Position of the arguments in the frame.
    pub(crate) arguments: Option<Span>,
    /// `true` if a task is carried out, and the call itself has ended with it.
    pub(crate) is_task: bool,
    pub(crate) time: SystemTime,
    pub(crate) started: Instant,
}

/// A component that exists.
pub(crate) struct ObservedComponent {
    pub(crate) kind: ComponentKind,
    /// Name of the tool or prompt, or URI of the resource, or of its template.
    pub(crate) key: Arc<str>,
    /// Schema of the arguments of a tool.
    pub(crate) schema: Option<Schema>,
}

/// Kind of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ComponentKind {
    Tool,
    Resource,
    Prompt,
}

impl ComponentKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Resource => "resource",
            Self::Prompt => "prompt",
        }
    }
}

impl Observed {
    pub(crate) fn method(&self) -> &str {
        self.context.exchange().method.as_str()
    }

    /// The time since the request arrived.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The arguments as they were sent; `None` without any.
    pub(crate) fn sent_arguments(&self) -> Option<&str> {
        let sent = self.arguments?.text(&self.context.exchange().frame);
        (!sent.is_empty()).then_some(sent)
    }
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    /// The client has to send it again with the answers to questions.
    InputRequired,
    /// It goes on as a task.
    Task,
    /// A result of a tool with `isError`.
    ToolError,
    Error(ErrorCode),
    /// A policy has refused it.
    Denied,
    /// The time of the handler was over.
    TimedOut,
    /// The client has cancelled it, or has gone.
    Cancelled,
    /// The server shuts down. A task goes on later.
    Interrupted,
}

impl Outcome {
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::InputRequired => "input_required",
            Self::Task => "task",
            Self::ToolError => "tool_error",
            Self::Error(_) => "error",
            Self::Denied => "denied",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Interrupted => "interrupted",
        }
    }

    /// Code of the JSON-RPC error.
    pub(crate) fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Error(code) => Some(*code),
            _ => None,
        }
    }
}
