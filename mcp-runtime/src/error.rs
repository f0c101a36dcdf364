//! Errors of a server that does not start or ends unexpectedly.

use std::{fmt, io};

/// Error of a server that did not start or ended unexpectedly.
///
/// [`Server::run`](crate::Server::run) prints it. A program that serves by other functions prints
/// [`report`](Self::report), which includes the cause; `Display` leaves out the
/// [`source`](std::error::Error::source).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The server cannot be built from its components.
    Build(BuildError),
    /// The command line is invalid.
    #[non_exhaustive]
    Arguments {
        /// Description of what was expected.
        message: String,
    },
    /// Listening on an address failed.
    #[non_exhaustive]
    Listen {
        /// The address, as it was given.
        address: String,
        /// Error of the operating system.
        source: io::Error,
    },
    /// A [lifespan](crate::Server::lifespan) failed to open or to close.
    #[non_exhaustive]
    Lifespan {
        /// Message of its error.
        message: String,
    },
    /// Reading the input or accepting connections failed.
    #[non_exhaustive]
    Io {
        /// Error of the operating system.
        source: io::Error,
    },
}

impl Error {
    /// Message of the error with its cause.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let server = Server::new("s", "1.0.0").state_keys(["short"]);
    /// let error = server.serve_stdio().await.unwrap_err();
    /// assert!(error.report().to_string().starts_with("the server cannot be built: "));
    /// # }
    /// ```
    pub fn report(&self) -> impl fmt::Display + '_ {
        Report(self)
    }

    pub(crate) fn arguments(message: impl Into<String>) -> Self {
        Self::Arguments { message: message.into() }
    }
}

/// Writes the message of an error and those of all its sources, in one line.
pub(crate) struct Report<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Arguments { message } => f.write_str(message),
            Self::Listen { address, .. } => write!(f, "cannot listen on {address}"),
            Self::Lifespan { message } => write!(f, "a lifespan of the server failed: {message}"),
            Self::Io { .. } => f.write_str("the transport failed"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::Io { source } => Some(source),
            Self::Build(_) | Self::Arguments { .. } | Self::Lifespan { .. } => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<io::Error> for Error {
    fn from(source: io::Error) -> Self {
        Self::Io { source }
    }
}

/// Error of a server that cannot be built, with all reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BuildError {
    reasons: Vec<String>,
}

impl BuildError {
    pub(crate) fn new(reasons: Vec<String>) -> Self {
        Self { reasons }
    }

    /// All reasons, one sentence each.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server cannot be built:")?;
        match self.reasons.as_slice() {
            [reason] => write!(f, " {reason}"),
            reasons => reasons.iter().try_for_each(|reason| write!(f, "\n- {reason}")),
        }
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{BuildError, Error};

    fn check(error: impl Into<Error>, expected: &str) {
        assert_eq!(error.into().report().to_string(), expected);
    }

    fn build(reasons: &[&str]) -> BuildError {
        BuildError::new(reasons.iter().map(|reason| (*reason).to_owned()).collect())
    }

    #[test]
    fn a_report_has_all_reasons_and_the_cause_once() {
        check(build(&["no state"]), "the server cannot be built: no state");
        let both = "the server cannot be built:\n- no state\n- no name";
        check(build(&["no state", "no name"]), both);
        check(io::Error::other("broken pipe"), "the transport failed: broken pipe");
        let source = io::Error::other("address in use");
        let listen = Error::Listen { address: ":1".into(), source };
        check(listen, "cannot listen on :1: address in use");
    }
}
