//! Errors of a login.

use std::fmt;

use reqwest::Url;

use super::scopes::{OFFLINE_ACCESS, Scopes};
use crate::auth::safe_client::FetchError;
use crate::shorten::{line, plain_url, shorten};

/// The failure of a login. Messages contain no token, code or secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthError {
    /// Step that failed.
    pub kind: AuthErrorKind,
    /// Error code of the authorization server, such as `access_denied` or `invalid_client`.
    pub code: Option<String>,
    /// URL of the server that requires a login, for [`AuthErrorKind::LoginRequired`].
    pub server: Option<String>,
    /// Scopes that the login requests, for [`AuthErrorKind::LoginRequired`].
    pub scopes: Vec<String>,
    /// `true` if a server could not be reached, did not answer in time, or answered with a status of 500 to 599.
    pub is_unreachable: bool,
    message: String,
}

/// The step of a login that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The metadata of the server or of its authorization server cannot be read.
    Discovery,
    /// The metadata describes another server than the one that was asked.
    ResourceMismatch,
    /// An authorization server is another one than expected.
    IssuerMismatch,
    /// The authorization server lacks what the login requires, such as PKCE.
    Unsupported,
    /// The client could not be registered.
    Registration,
    /// The authorization was denied, or its response is not valid.
    Authorization,
    /// The authorization server issued no token.
    Token,
    /// The server refuses a token that was just issued, or one with all scopes that it asked for.
    Refused,
    /// The user did not complete the login in time, or could not be asked.
    Interaction,
    /// No login is stored that the server accepts, and [`Login::stored`](super::Login::stored) asks no user.
    LoginRequired,
    /// Tokens could not be stored or loaded.
    Storage,
    /// A setting of the login is not valid.
    Configuration,
}

impl AuthError {
    /// Creates an error for a step that an application implements, such as asking the user.
    pub fn new(kind: AuthErrorKind, message: impl Into<String>) -> Self {
        let (message, scopes) = (message.into(), Vec::new());
        Self { kind, code: None, server: None, scopes, is_unreachable: false, message }
    }

    /// Creates the error of a server for which no login is stored.
    pub(crate) fn login_required(server: &Url, scopes: &Scopes) -> Self {
        // A login requests this one by itself.
        let scopes = scopes.iter().filter(|scope| *scope != OFFLINE_ACCESS);
        let scopes: Vec<String> = scopes.map(str::to_owned).collect();
        let mut message = format!("{} requires a login", shorten(&plain_url(server)));
        if !scopes.is_empty() {
            message.push_str(&format!(" with the scopes `{}`", line(&scopes.join(" "))));
        }
        let server = Some(server.to_string());
        Self { server, scopes, ..Self::new(AuthErrorKind::LoginRequired, message) }
    }

    /// Creates the error of an authorization server.
    pub(crate) fn of_server(kind: AuthErrorKind, code: &str, description: &str) -> Self {
        let mut message = format!("the authorization server answers `{}`", shorten(code));
        if !description.is_empty() {
            message.push_str(&format!(": {}", line(description)));
        }
        Self { code: Some(code.to_owned()), ..Self::new(kind, message) }
    }

    /// Creates the error of a request to a URL.
    pub(crate) fn of_fetch(kind: AuthErrorKind, action: &str, error: &FetchError) -> Self {
        let is_unreachable = match error {
            FetchError::Failed(_) | FetchError::TimedOut => true,
            FetchError::Status(status, _) => is_server_error(*status),
            _ => false,
        };
        let message = format!("{action} failed: {}", line(&error.to_string()));
        Self { is_unreachable, ..Self::new(kind, message) }
    }

    /// Returns `true` if the authorization server has decided, and `false` if it could not.
    pub(crate) fn is_refusal(&self) -> bool {
        self.code.is_some() && !self.is_unreachable
    }

    /// Records the HTTP status of the answer that the error is about.
    pub(crate) fn of_status(mut self, status: u16) -> Self {
        self.is_unreachable |= is_server_error(status);
        self
    }
}

/// Returns `true` for the statuses of a server that cannot answer at the moment.
fn is_server_error(status: u16) -> bool {
    (500..=599).contains(&status)
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            AuthErrorKind::LoginRequired => f.write_str(&self.message),
            _ => write!(f, "login failed: {}", self.message),
        }
    }
}

impl std::error::Error for AuthError {}
