//! What can go wrong when a server is driven.

use std::fmt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::ProtocolError;

use super::typed::Difference;

/// Why a request has no result.
///
/// Every variant says what was expected, what came instead and what to do about it. Errors can be
/// cloned, because one broken connection fails everybody who waits.
///
/// `Debug` writes the same text as `Display`, because that is what a `main` that returns it prints.
#[derive(Clone)]
#[non_exhaustive]
pub enum Error {
    /// The server refused the request. The connection stays usable.
    Remote(ProtocolError),
    /// A tool ran and failed; the text is what it says for people and models.
    Tool {
        /// The tool.
        name: String,
        /// What it says.
        text: String,
    },
    /// The connection ended. Requests that were in flight may or may not have been carried out.
    Closed(Closed),
    /// No answer came in time; the server was told to stop.
    Timeout {
        /// What was asked.
        method: String,
        /// How long was waited.
        after: Duration,
        /// What else was seen meanwhile, such as lines that are no messages; often empty.
        seen: String,
    },
    /// Starting the server, connecting to it or talking to it failed.
    Transport {
        /// What was being done.
        doing: String,
        /// What the system says.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered with an HTTP status that is no answer of the protocol.
    Http(HttpFailure),
    /// The server sent what the protocol does not allow.
    Protocol(String),
    /// Client and server have no revision of the protocol in common.
    Revision {
        /// The revisions that the server names.
        offered: Vec<String>,
    },
    /// A handler of this client failed to answer what the server asked.
    Handler(ProtocolError),
    /// The server went on asking for input.
    Rounds {
        /// How many times it was answered.
        answered: u32,
    },
    /// A tool's structured content does not fit the output schema it advertises, or the type asked for.
    Output {
        /// The tool.
        name: String,
        /// What does not fit.
        faults: Vec<String>,
    },
    /// What the caller gave cannot be sent.
    Argument(String),
    /// The server's tools are not those of the trait. See [`#[client]`](macro@crate::client).
    Differs(Vec<Difference>),
}

/// How a connection ended.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Closed {
    /// What happened.
    pub what: String,
    /// How the server's process ended, if it was a process and has ended.
    pub exit: Option<ExitStatus>,
    /// The last lines the server's process wrote to standard error.
    pub stderr: String,
    /// Whether the server said that it did not carry out the request, so that it may be sent again.
    pub(crate) is_refusal: bool,
}

impl Closed {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }
}

/// An HTTP answer that is no answer of the protocol.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpFailure {
    /// The status.
    pub status: u16,
    /// The beginning of the body.
    pub body: String,
    /// The header `WWW-Authenticate`: how to authorize, with status 401 and 403.
    pub www_authenticate: Option<String>,
}

impl Error {
    pub(crate) fn protocol(message: impl Into<String>) -> Self {
        Self::Protocol(message.into())
    }

    pub(crate) fn transport(
        doing: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Transport { doing: doing.into(), source: Arc::new(source) }
    }

    pub(crate) fn closed(what: impl Into<String>) -> Self {
        Self::Closed(Closed::new(what))
    }

    /// The error of the server, where it sent one.
    pub fn remote(&self) -> Option<&ProtocolError> {
        match self {
            Self::Remote(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the connection is gone, so that nothing more can be asked over it.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Remote(error) => write!(f, "the server refused: {error}"),
            Self::Tool { name, text } => write!(f, "the tool `{name}` failed: {text}"),
            Self::Closed(closed) => closed.fmt(f),
            Self::Timeout { method, after, seen } => {
                write!(f, "no answer to `{method}` within {after:?}")?;
                if seen.is_empty() { Ok(()) } else { write!(f, "; {seen}") }
            }
            Self::Transport { doing, source } => {
                write!(f, "{doing} failed: {source}")?;
                let mut inner = source.source();
                while let Some(error) = inner {
                    write!(f, ": {error}")?;
                    inner = error.source();
                }
                Ok(())
            }
            Self::Http(failure) => failure.fmt(f),
            Self::Protocol(message) => write!(f, "the server broke the protocol: {message}"),
            Self::Revision { offered } if offered.is_empty() => {
                f.write_str("the server names no revision of the protocol that this client speaks")
            }
            Self::Revision { offered } => write!(
                f,
                "the server speaks {} and this client speaks none of them",
                offered.join(", ")
            ),
            Self::Handler(error) => {
                write!(f, "a handler of this client could not answer the server: {error}")
            }
            Self::Rounds { answered } => write!(
                f,
                "the server asked for input {answered} times and did not finish; raise `max_rounds` \
                 or answer by hand"
            ),
            Self::Output { name, faults } => write!(
                f,
                "the structured content of the tool `{name}` is not what it should be: {}",
                faults.join("; ")
            ),
            Self::Argument(message) => f.write_str(message),
            Self::Differs(differences) => {
                let all: Vec<String> = differences.iter().map(ToString::to_string).collect();
                write!(f, "the server is not what the trait says: {}", all.join("; "))
            }
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection is closed: {}", self.what)?;
        if let Some(exit) = self.exit {
            write!(f, " ({exit})")?;
        }
        match self.stderr.trim() {
            "" => Ok(()),
            stderr => write!(f, "; it wrote to standard error: {stderr}"),
        }
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered with HTTP status {}", self.status)?;
        match self.status {
            401 => f.write_str("; give the client a token with `bearer`")?,
            403 => {
                f.write_str("; the token does not allow this, or the server refuses this host")?
            }
            300..=399 => {
                f.write_str("; it wants to redirect elsewhere, give the client that URL")?
            }
            _ => {}
        }
        match self.body.trim() {
            "" => Ok(()),
            body => write!(f, ": {body}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Remote(error) | Self::Handler(error) => Some(error),
            Self::Transport { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
