//! The end of a connection, and answers of HTTP that are none of the protocol.

use std::fmt;
use std::process::ExitStatus;

use mcp_core::excerpt::last_line;

use crate::shorten::line;

/// The end of a connection.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Closed {
    /// Reason of the end.
    pub reason: String,
    /// Exit status of the server's process, if the server was a process and has ended.
    pub exit: Option<ExitStatus>,
    /// Last lines that the server's process wrote to standard error.
    pub stderr: String,
    /// `true` if the server did not carry out the request, so that it may be sent again.
    pub(crate) is_unprocessed: bool,
}

impl Closed {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..Self::default() }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the connection is closed: {}", line(&self.reason))?;
        if let Some(exit) = self.exit {
            write!(f, " ({exit})")?;
        }
        match self.stderr.trim() {
            "" => Ok(()),
            stderr => write!(f, "; it wrote to standard error: {}", last_line(stderr)),
        }
    }
}

/// An HTTP response that is no response of the protocol.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpFailure {
    /// HTTP status.
    pub status: u16,
    /// Beginning of the body.
    pub body: String,
    /// Header `WWW-Authenticate`, which describes how to authorize after status 401 and 403.
    pub www_authenticate: Option<String>,
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answered with HTTP status {}", self.status)?;
        match self.status {
            401 => f.write_str("; give the client a token with `bearer`, or a `login`")?,
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
            body => write!(f, ": {}", line(body)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_wrote_is_shown_as_a_line() {
        let hostile = "\u{1b}[2J\nTraceback\r\n".repeat(1000);
        let closed = Closed { stderr: format!("{hostile}the reason"), ..Closed::new(&*hostile) };
        let failure = HttpFailure { status: 500, body: hostile.clone(), www_authenticate: None };
        for shown in [closed.to_string(), failure.to_string()] {
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert!(shown.chars().count() < 800, "{}", shown.len());
        }
        // The end of what it wrote names the reason.
        assert!(closed.to_string().ends_with("the reason"));
    }
}
