//! Errors of models.

use std::fmt;
use std::time::Duration;

use crate::providers::{AnswerError, ConversationError, UnknownTool};

/// Error of a model: there is no answer.
#[derive(Clone, Debug)]
pub struct ModelError {
    kind: ModelErrorKind,
    message: String,
    retry_after: Option<Duration>,
}

/// Kind of a [`ModelError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// The model cannot be reached, or the connection broke.
    Connection,
    /// There was no answer, or no further part of it, in time.
    Timeout,
    /// The provider answered with this HTTP status.
    Status(u16),
    /// The response is not an answer of the provider.
    Malformed,
    /// The request cannot be made: something is missing, or the model cannot do what was asked.
    Request,
}

impl ModelError {
    /// Creates an error.
    pub fn new(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None }
    }

    /// Creates an error for a request that cannot be made.
    pub(super) fn request(message: impl fmt::Display) -> Self {
        Self::new(ModelErrorKind::Request, message.to_string())
    }

    /// Sets the delay before a retry that the provider requests.
    #[must_use]
    pub fn retry_after(mut self, time: Duration) -> Self {
        self.retry_after = Some(time);
        self
    }

    /// Replaces the message.
    #[cfg(feature = "genai")]
    pub(super) fn map_message(mut self, change: impl FnOnce(String) -> String) -> Self {
        self.message = change(self.message);
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ModelErrorKind {
        self.kind
    }

    /// Returns the delay before a retry that the provider requests.
    pub fn wanted_delay(&self) -> Option<Duration> {
        self.retry_after
    }

    /// `true` if the same request may succeed later.
    pub fn is_temporary(&self) -> bool {
        match self.kind {
            ModelErrorKind::Connection | ModelErrorKind::Timeout => true,
            ModelErrorKind::Status(status) => matches!(status, 408 | 409 | 425 | 429 | 500..=599),
            ModelErrorKind::Malformed | ModelErrorKind::Request => false,
        }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &self.message;
        match self.kind {
            ModelErrorKind::Connection => write!(f, "connection to the model: {message}"),
            ModelErrorKind::Timeout => write!(f, "timeout of the model: {message}"),
            ModelErrorKind::Status(status) => {
                write!(f, "the model answered with status {status}: {message}")
            }
            ModelErrorKind::Malformed => f.write_str(message),
            ModelErrorKind::Request => write!(f, "request to the model: {message}"),
        }
    }
}

impl std::error::Error for ModelError {}

impl From<AnswerError> for ModelError {
    fn from(error: AnswerError) -> Self {
        let kind = match error.status() {
            Some(status) => ModelErrorKind::Status(status),
            None if error.is_incomplete() => ModelErrorKind::Connection,
            None => ModelErrorKind::Malformed,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<ConversationError> for ModelError {
    fn from(error: ConversationError) -> Self {
        Self::request(error)
    }
}

impl From<UnknownTool> for ModelError {
    fn from(error: UnknownTool) -> Self {
        Self::request(error)
    }
}
