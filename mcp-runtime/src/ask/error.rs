//! Why a question has no answer.

use std::fmt;
use std::time::Duration;

use mcp_core::jsonrpc::{ErrorCode, ProtocolError};
use serde_json::Value;

/// Why a question has no answer.
///
/// A handler that returns it fails as its revision has it: with an error of the protocol where that
/// has one for the reason, and otherwise with a result that tells the model.
pub struct AskError {
    kind: AskErrorKind,
    message: String,
    /// The error that the request ends with, where it is not for a model to read.
    protocol: Option<Box<InProtocol>>,
}

/// An error of the protocol as the source of an [`AskError`], by which it is found again in whatever
/// a handler has made of that.
pub(crate) struct InProtocol(pub(crate) ProtocolError);

impl fmt::Display for InProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for InProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InProtocol {}

/// What kind of reason an [`AskError`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AskErrorKind {
    /// The client has not declared that it can be asked this.
    Unsupported,
    /// This request cannot ask: its method allows no questions, it is over, or it asks from within
    /// [`Context::once`](crate::Context::once).
    Unavailable,
    /// The client has answered with an error.
    Refused,
    /// The client's answer is not one to this question.
    Invalid,
    /// The client did not answer in time.
    TimedOut,
    /// The client has gone away.
    Gone,
    /// The model went on using tools for longer than it may.
    TooManyRounds,
    /// The user has to open a URL before the request is sent again.
    UrlRequired,
}

impl AskError {
    /// What kind of reason it is.
    pub fn kind(&self) -> AskErrorKind {
        self.kind
    }

    /// As an answer to another server that asked.
    #[cfg(feature = "client")]
    pub(crate) fn into_protocol(self) -> ProtocolError {
        match self.protocol {
            Some(error) => error.0,
            None => ProtocolError::internal(self.message),
        }
    }

    pub(crate) fn new(kind: AskErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), protocol: None }
    }

    /// The client lacks a capability. `protocol` says whether the revision has an error for that.
    pub(crate) fn unsupported(name: &str, required: Value, protocol: bool) -> Self {
        let message = format!("the client cannot be asked this: it does not declare `{name}`");
        let error = protocol.then(|| {
            ProtocolError::new(ErrorCode::MISSING_CLIENT_CAPABILITY, message.clone())
                .data(serde_json::json!({ "requiredCapabilities": required }))
        });
        let protocol = error.map(|error| Box::new(InProtocol(error)));
        Self { protocol, ..Self::new(AskErrorKind::Unsupported, message) }
    }

    pub(crate) fn url_required(error: ProtocolError) -> Self {
        let message = error.message.clone().into_owned();
        let protocol = Some(Box::new(InProtocol(error)));
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

    pub(crate) fn invalid(because: &str) -> Self {
        Self::new(AskErrorKind::Invalid, format!("the client's answer does not fit: {because}"))
    }

    pub(crate) fn refused(error: &ProtocolError) -> Self {
        Self::new(AskErrorKind::Refused, format!("the client refused the question: {error}"))
    }

    pub(crate) fn timed_out(patience: Duration) -> Self {
        let message = format!("the client did not answer within {} s", patience.as_secs());
        Self::new(AskErrorKind::TimedOut, message)
    }

    pub(crate) fn too_many(most: usize) -> Self {
        let message = format!("the client has not answered {most} questions yet");
        Self::new(AskErrorKind::Unavailable, message)
    }

    pub(crate) fn gone() -> Self {
        Self::new(AskErrorKind::Gone, "the client has gone away without an answer")
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AskError({:?}: {})", self.kind, self.message)
    }
}

impl std::error::Error for AskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.protocol.as_deref().map(|error| error as _)
    }
}
