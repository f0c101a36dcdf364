//! Why a server did not start, or ended otherwise than it should.

use std::{fmt, io};

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

/// A server that cannot be built, with every reason.
///
/// `Debug` writes the same text as `Display`, because that is what a `main` that returns it prints.
#[derive(Clone, PartialEq, Eq)]
pub struct BuildError(Vec<String>);

impl BuildError {
    /// An error with its reasons.
    pub(crate) fn new(reasons: Vec<String>) -> Self {
        Self(reasons)
    }

    /// The reasons, one sentence each.
    pub fn reasons(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server cannot be built:")?;
        match self.0.as_slice() {
            [reason] => write!(f, " {reason}"),
            reasons => reasons.iter().try_for_each(|reason| write!(f, "\n- {reason}")),
        }
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for BuildError {}

#[cfg(test)]
mod tests {
    use super::{BuildError, Error};

    fn check(reasons: &[&str], expected: &str) {
        let error = BuildError(reasons.iter().map(|reason| (*reason).to_owned()).collect());
        assert_eq!(error.to_string(), expected);
        assert_eq!(format!("{:?}", Error::from(error)), expected);
    }

    #[test]
    fn reasons_are_legible_where_main_prints_them() {
        check(&["no state"], "the server cannot be built: no state");
        check(&["no state", "no name"], "the server cannot be built:\n- no state\n- no name");
    }
}
