//! Exit codes, and how a failure is reported.

use std::process::ExitCode;

use mcp_runtime::client::auth::{AuthError, AuthErrorKind};
use mcp_runtime::client::{Error, HttpFailure};
use mcp_runtime::jsonrpc::ErrorCode;
use owo_colors::OwoColorize as _;
use serde::Serialize;

use crate::logins;
use crate::output::{flat, one_line, plain, screen};
use crate::questions;

/// Meaning of an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A fault of this program or of the system.
    Internal = 1,
    /// Wrong arguments.
    Usage = 2,
    /// The server requires a login.
    AuthRequired = 3,
    /// The server cannot be reached, or does not start.
    Unreachable = 4,
    /// A tool failed, or there is no such component.
    Failed = 5,
    /// A check has found something.
    Findings = 6,
    /// The server asks something, and there is no terminal.
    InputRequired = 7,
    /// Ctrl-C.
    Cancelled = 130,
}

/// A command that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// Name of the reason, for programs.
    code: &'static str,
    message: String,
    /// Further lines, such as the arguments that a tool takes.
    notes: Vec<String>,
    /// `true` if the command has reported it.
    is_reported: bool,
    /// Exit code of a program, which this program passes on.
    program: Option<u8>,
}

/// The document of a failure.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    error: Described<'a>,
}

#[derive(Serialize)]
struct Described<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
}

impl Failure {
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        let (message, notes) = (message.into(), Vec::new());
        Self { exit, code, message, notes, is_reported: false, program: None }
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Exit::Internal, "internal", message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "unreachable", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, "not_found", message)
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(Exit::Cancelled, "cancelled", "cancelled")
    }

    /// A failure that standard output shows already.
    pub(crate) fn reported(exit: Exit) -> Self {
        Self { is_reported: true, ..Self::new(exit, "", "") }
    }

    /// The failure of a program, which has reported it, and whose exit code is passed on.
    pub(crate) fn of_program(code: u8) -> Self {
        Self { program: Some(code), ..Self::reported(Exit::Failed) }
    }

    /// Adds a line.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Writes the failure to standard error.
    pub(crate) fn report(&self, is_json: bool) -> ExitCode {
        if !self.is_reported {
            self.write(is_json);
        }
        ExitCode::from(self.program.unwrap_or(self.exit as u8))
    }

    fn write(&self, is_json: bool) {
        if is_json {
            let document = serde_json::to_string(&self.document());
            screen::write(document.unwrap_or_default());
        } else {
            self.lines(None).into_iter().for_each(screen::write);
        }
    }

    /// The failure as a JSON document.
    pub(crate) fn document(&self) -> Document<'_> {
        let Self { code, message, notes, .. } = self;
        Document { error: Described { code, message, notes } }
    }

    /// The failure as lines for people, with the name of its server among several.
    pub(crate) fn lines(&self, server: Option<&str>) -> Vec<String> {
        let server = server.map(|name| format!("`{}`: ", flat(name))).unwrap_or_default();
        let first = format!("{} {}", "error:".red().bold(), plain(&(server + &self.message)));
        let notes = self.notes.iter().map(|note| format!("  {}", plain(note)));
        [first].into_iter().chain(notes).collect()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = error.report().to_string();
        match error {
            Error::Auth(error) => Self::of_auth(&error),
            Error::Http(failure) if failure.status == 401 => Self::auth_required(REQUIRED)
                .note(format!("`{}` logs in", logins::command("URL", &[]))),
            Error::Http(failure) if lacks_scope(&failure) => {
                let challenge = failure.www_authenticate.unwrap_or_default();
                Self::auth_required("the token has too few scopes")
                    .note(format!("the server answers `{}`", one_line(&challenge)))
            }
            Error::Tool { .. } => Self::new(Exit::Failed, "tool_error", message),
            Error::Remote(_) | Error::InvalidOutput { .. } => {
                Self::new(Exit::Failed, "refused", message)
            }
            Error::Timeout { .. } => Self::new(Exit::Unreachable, "timeout", message),
            Error::Argument { .. } => Self::usage(message),
            Error::Handler(error) if error.code == questions::REJECTED => {
                Self::new(Exit::Failed, "declined", "the request of the server was declined")
            }
            // A model that failed, for example.
            Error::Handler(error) if error.code == ErrorCode::INTERNAL_ERROR => {
                Self::new(Exit::Failed, "refused", message)
            }
            Error::Handler(_) => Self::new(Exit::InputRequired, "input_required", message),
            _ => Self::unreachable(message),
        }
    }
}

/// The message for a server that accepts no requests without a token.
const REQUIRED: &str = "the server requires a login";

impl Failure {
    fn auth_required(message: impl Into<String>) -> Self {
        Self::new(Exit::AuthRequired, "auth_required", message)
    }

    /// The failure for a server at which the user has not logged in.
    pub(crate) fn not_logged_in(server: &str) -> Self {
        Self::auth_required(REQUIRED).note(format!("`{}` logs in", logins::command(server, &[])))
    }

    /// The failure of a request because of its login.
    pub(crate) fn of_auth(error: &AuthError) -> Self {
        let message = error.to_string();
        match error.kind {
            AuthErrorKind::Configuration => Self::usage(message),
            AuthErrorKind::Storage => Self::new(Exit::Internal, "storage", message),
            AuthErrorKind::LoginRequired => {
                let server = error.server.as_deref().unwrap_or("URL");
                let command = logins::command(server, &error.scopes);
                Self::auth_required(message).note(format!("`{command}` logs in"))
            }
            kind if kind == AuthErrorKind::Discovery || error.is_unreachable => {
                Self::unreachable(message)
            }
            _ => Self::new(Exit::AuthRequired, "login_failed", message),
        }
    }

    /// The failure of a login itself.
    pub(crate) fn of_login(error: &AuthError) -> Self {
        match error.kind {
            AuthErrorKind::Unsupported => Self::new(Exit::Failed, "unsupported", error.to_string()),
            _ => Self::of_auth(error),
        }
    }
}

/// Returns `true` if a token of the user has too few scopes. The challenge names those that are needed.
fn lacks_scope(failure: &HttpFailure) -> bool {
    let challenge = failure.www_authenticate.as_deref().unwrap_or_default();
    failure.status == 403 && challenge.contains("insufficient_scope")
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(format!("cannot write JSON: {error}"))
    }
}
