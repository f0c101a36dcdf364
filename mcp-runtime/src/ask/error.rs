//! Errors of questions.

use std::fmt;
use std::time::Duration;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use serde_json::Value;

/// Error of a question that has no answer.
///
/// A tool that returns it fails with a result that the model can read. If the revision has a protocol
/// error for the kind, the request fails with that error instead, even if a handler has wrapped the
/// error in another one.
#[derive(Debug)]
pub struct AskError {
    kind: AskErrorKind,
    message: String,
    /// Error of the request, if the revision has one for the kind.
    protocol: Option<Box<ProtocolError>>,
}

/// Kind of an [`AskError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AskErrorKind {
    /// The client does not declare the required capability, or its revision does not have the question.
    Unsupported,
    /// The request cannot ask: its method does not allow questions, it is over, or the question is
    /// within [`Context::once`](crate::Context::once).
    Unavailable,
    /// The client answered with an error.
    Refused,
    /// The answer of the client does not match the question.
    Invalid,
    /// The client did not answer in time.
    TimedOut,
    /// The client has disconnected.
    Disconnected,
    /// The model used tools in more rounds than [`Sampling::max_rounds`](crate::sampling::Sampling::max_rounds)
    /// allows.
    TooManyRounds,
    /// The user has to open a URL before the client repeats the request.
    UrlRequired,
}

impl AskError {
    /// The kind of the error.
    pub fn kind(&self) -> AskErrorKind {
        self.kind
    }

    /// The protocol error with which the request fails, if the revision has one for the kind.
    pub(crate) fn protocol(&self) -> Option<&ProtocolError> {
        self.protocol.as_deref()
    }

    /// Converts the error into the answer to an upstream server.
    #[cfg(feature = "client")]
    pub(crate) fn into_protocol(self) -> ProtocolError {
        match self.protocol {
            Some(error) => *error,
            None => ProtocolError::internal(self.message),
        }
    }

    pub(crate) fn new(kind: AskErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), protocol: None }
    }

    /// Error for a capability that the client does not declare. `has_error` is `true` if the revision
    /// has a protocol error for that.
    pub(crate) fn unsupported(name: &str, required: Value, has_error: bool) -> Self {
        let message = format!("the client cannot be asked this: it does not declare `{name}`");
        let error = has_error.then(|| {
            ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message.clone())
                .data(serde_json::json!({ "requiredCapabilities": required }))
        });
        let protocol = error.map(Box::new);
        Self { protocol, ..Self::new(AskErrorKind::Unsupported, message) }
    }

    pub(crate) fn url_required(error: ProtocolError) -> Self {
        let message = error.message.clone().into_owned();
        let protocol = Some(Box::new(error));
        Self { protocol, ..Self::new(AskErrorKind::UrlRequired, message) }
    }

    pub(crate) fn method(method: &str) -> Self {
        let message = format!("a request `{method}` cannot ask its client anything");
        Self::new(AskErrorKind::Unavailable, message)
    }

    pub(crate) fn over() -> Self {
        Self::new(AskErrorKind::Unavailable, "the request is over; its client cannot be asked")
    }

    pub(crate) fn detached() -> Self {
        let message = "the request was suspended for its questions; ask them in the handler \
                       itself, not in a task that it spawns";
        Self::new(AskErrorKind::Unavailable, message)
    }

    pub(crate) fn within_once() -> Self {
        let message = "nothing can be asked within `once`; ask before it or after it";
        Self::new(AskErrorKind::Unavailable, message)
    }

    pub(crate) fn invalid(reason: &str) -> Self {
        Self::new(AskErrorKind::Invalid, format!("the client's answer does not fit: {reason}"))
    }

    pub(crate) fn refused(error: &ProtocolError) -> Self {
        Self::new(AskErrorKind::Refused, format!("the client refused the question: {error}"))
    }

    pub(crate) fn timed_out(timeout: Duration) -> Self {
        let message = format!("the client did not answer within {} s", timeout.as_secs());
        Self::new(AskErrorKind::TimedOut, message)
    }

    pub(crate) fn too_many(max_pending: usize) -> Self {
        let message = format!("the client has not answered {max_pending} questions yet");
        Self::new(AskErrorKind::Unavailable, message)
    }

    pub(crate) fn disconnected() -> Self {
        Self::new(AskErrorKind::Disconnected, "the client has gone away without an answer")
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AskError {}
