//! Why a server did not start, or ended otherwise than it should.

use std::{fmt, io};

use crate::server::builder::BuildError;

/// Why a server did not start, or ended otherwise than it should.
///
/// `Debug` writes the same text as `Display`, because that is what a `main` that returns it prints.
#[non_exhaustive]
pub enum Error {
    /// The server cannot be built from its components. Mend what the reasons name.
    Build(BuildError),
    /// The command line is not one of `Server::run`.
    Arguments(String),
    /// The address cannot be listened on.
    Listen {
        /// The address as it was given.
        address: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// Reading the input or accepting connections failed.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Arguments(message) => f.write_str(message),
            Self::Listen { address, source } => write!(f, "cannot listen on {address}: {source}"),
            Self::Io(error) => write!(f, "the transport failed: {error}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Build(error) => Some(error),
            Self::Listen { source, .. } => Some(source),
            Self::Io(error) => Some(error),
            Self::Arguments(_) => None,
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Build(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
