//! Errors of a client.

mod closed;
mod difference;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::Revision;

use crate::error::Report;
use crate::shorten::{line, shorten, shorten_to};
pub use closed::{Closed, HttpFailure};
pub use difference::{Difference, DifferenceKind};

/// Maximum number of characters of a message that repeats what a server sent.
const MAX_MESSAGE: usize = 600;

/// Maximum number of differences that a message lists.
const MAX_DIFFERENCES: usize = 20;

/// The failure of a request, of a connection or of the client itself.
///
/// Messages name what was expected, what arrived instead and what to do about it. What a server sent is
/// shown as one line of limited length, without control characters; fields contain all of it. The message of
/// [`Error::Transport`] leaves out its cause, which is its [`source`](std::error::Error::source);
/// [`report`](Self::report) writes both. Errors can be cloned, because one broken connection fails
/// every request in flight.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the request. The connection stays usable.
    Remote(ProtocolError),
    /// A tool ran and failed.
    #[non_exhaustive]
    Tool {
        /// Name of the tool.
        name: String,
        /// Text of its result, for people and models.
        text: String,
    },
    /// The connection ended. Requests in flight may or may not have been carried out.
    Closed(Closed),
    /// No response arrived in time. The request was cancelled.
    #[non_exhaustive]
    Timeout {
        /// Method of the request.
        method: String,
        /// Time since the request began.
        after: Duration,
        /// Description of messages that matched no request meanwhile; often empty.
        unmatched: String,
    },
    /// Starting the server, connecting to it or talking to it failed. The cause is the source.
    #[non_exhaustive]
    Transport {
        /// Action that failed, such as ``starting `server` ``.
        action: String,
        /// Error of the operating system or of the HTTP client.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered with an HTTP status that is no response of the protocol.
    Http(HttpFailure),
    /// The server sent what the protocol does not allow.
    #[non_exhaustive]
    Protocol {
        /// Description of what was expected and what arrived.
        message: String,
    },
    /// Client and server have no revision of the protocol in common.
    #[non_exhaustive]
    UnsupportedVersion {
        /// Revisions that the server offers.
        offered: Vec<String>,
    },
    /// A handler of this client failed to answer a request of the server.
    Handler(ProtocolError),
    /// The server asked for input more often than [`max_rounds`] allows.
    ///
    /// [`max_rounds`]: super::ClientBuilder::max_rounds
    #[non_exhaustive]
    TooManyRounds {
        /// Number of rounds that were answered.
        answered: u32,
    },
    /// The structured content of a tool does not match its output schema, or the requested type.
    #[non_exhaustive]
    InvalidOutput {
        /// Name of the tool.
        name: String,
        /// Violations that were found.
        errors: Vec<String>,
    },
    /// The task of a call was cancelled, by [`Task::cancel`](super::Task::cancel), by another client or
    /// by the server.
    #[non_exhaustive]
    TaskCancelled {
        /// Id of the task.
        id: String,
        /// Reason, if the server states one.
        reason: Option<String>,
    },
    /// The server has no task of this id for this client: it has expired, or belongs to another.
    #[non_exhaustive]
    TaskNotFound {
        /// Id of the task.
        id: String,
        /// Error of the server.
        error: ProtocolError,
    },
    /// An argument of the caller cannot be sent.
    #[non_exhaustive]
    Argument {
        /// Description of the argument and of what is wrong with it.
        message: String,
    },
    /// The client could not log in, or the server refuses its token.
    #[cfg(feature = "auth-client")]
    Auth(super::auth::AuthError),
    /// The tools of the server differ from those of the trait. See
    /// [`#[client]`](macro@crate::client).
    #[non_exhaustive]
    SchemaMismatch {
        /// All differences.
        differences: Vec<Difference>,
    },
}

impl Error {
    /// Creates an [`Error::Argument`].
    pub fn argument(message: impl Into<String>) -> Self {
        Self::Argument { message: message.into() }
    }

    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        // Messages of several parts repeat more than one of the server's.
        Self::Protocol { message: shorten_to(&message.into(), MAX_MESSAGE) }
    }

    pub(crate) fn transport(
        action: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Transport { action: action.into(), source: Arc::new(source) }
    }

    pub(crate) fn closed(reason: impl Into<String>) -> Self {
        Self::Closed(Closed::new(reason))
    }

    /// Returns the error of the server, if the server sent one.
    pub fn remote(&self) -> Option<&ProtocolError> {
        match self {
            Self::Remote(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the connection has ended, so that nothing more can be sent over it.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }

    /// Writes the message and those of all sources, in one line.
    ///
    /// ```
    /// use mcp_runtime::client::Client;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let error = Client::stdio("/no/such/program").connect().await.unwrap_err();
    /// assert_eq!(error.to_string(), "starting `/no/such/program` failed");
    /// assert!(error.report().to_string().starts_with("starting `/no/such/program` failed: "));
    /// # }
    /// ```
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(error) => write!(f, "the server refused: {error}"),
            Self::Tool { name, text } => {
                write!(f, "the tool `{}` failed: {}", shorten(name), line(text))
            }
            Self::Closed(closed) => closed.fmt(f),
            Self::Timeout { method, after, unmatched } => {
                write!(f, "no answer to `{}` within {after:?}", shorten(method))?;
                if unmatched.is_empty() { Ok(()) } else { write!(f, "; {unmatched}") }
            }
            Self::Transport { action, .. } => write!(f, "{action} failed"),
            Self::Http(failure) => failure.fmt(f),
            Self::Protocol { message } => write!(f, "the server broke the protocol: {message}"),
            Self::UnsupportedVersion { offered } if offered.is_empty() => {
                f.write_str("the server names no revision of the protocol that this client speaks")
            }
            Self::UnsupportedVersion { offered } => {
                write!(f, "the server speaks {}", line(&offered.join(", ")))?;
                let is_known = |name: &String| Revision::parse(name).is_some();
                f.write_str(if offered.iter().any(is_known) {
                    ", which the `era` or `revision` of this client excludes"
                } else {
                    " and this client speaks none of them"
                })
            }
            Self::Handler(error) => {
                write!(f, "a handler of this client could not answer the server: {error}")
            }
            Self::TooManyRounds { answered } => write!(
                f,
                "the server asked for input {answered} times and did not finish; raise `max_rounds` \
                 or answer by hand"
            ),
            Self::InvalidOutput { name, errors } => write!(
                f,
                "the structured content of the tool `{}` is not what it should be: {}",
                shorten(name),
                shorten_to(&errors.join("; "), MAX_MESSAGE)
            ),
            Self::TaskCancelled { id, reason } => {
                write!(f, "the task `{}` was cancelled", shorten(id))?;
                match reason {
                    Some(reason) => write!(f, ": {}", shorten(reason)),
                    None => Ok(()),
                }
            }
            Self::TaskNotFound { id, error } => write!(
                f,
                "the server has no task `{}` for this client, or no longer: {error}; call the tool again",
                shorten(id)
            ),
            Self::Argument { message } => f.write_str(message),
            #[cfg(feature = "auth-client")]
            Self::Auth(error) => error.fmt(f),
            Self::SchemaMismatch { differences } => {
                let shown = differences.iter().take(MAX_DIFFERENCES).map(ToString::to_string);
                let shown: Vec<String> = shown.collect();
                write!(f, "the server differs from the trait: {}", shown.join("; "))?;
                match differences.len().saturating_sub(MAX_DIFFERENCES) {
                    0 => Ok(()),
                    further => write!(f, "; and {further} more"),
                }
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
