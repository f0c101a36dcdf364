//! Errors of a login.

use std::fmt;

use crate::auth::safe_client::FetchError;
use crate::shorten::{line, shorten};

/// The failure of a login. Messages contain no token, code or secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthError {
    /// Step that failed.
    pub kind: AuthErrorKind,
    /// Error code of the authorization server, such as `access_denied` or `invalid_client`.
    pub code: Option<String>,
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
    /// Tokens could not be stored or loaded.
    Storage,
    /// A setting of the login is not valid.
    Configuration,
}

impl AuthError {
    /// Creates an error for a step that an application implements, such as asking the user.
    pub fn new(kind: AuthErrorKind, message: impl Into<String>) -> Self {
        Self { kind, code: None, message: message.into() }
    }

    /// Creates the error of an authorization server.
    pub(crate) fn of_server(kind: AuthErrorKind, code: &str, description: &str) -> Self {
        let mut message = format!("the authorization server answers `{}`", shorten(code));
        if !description.is_empty() {
            message.push_str(&format!(": {}", line(description)));
        }
        Self { kind, code: Some(code.to_owned()), message }
    }

    /// Creates the error of a request to a URL.
    pub(crate) fn of_fetch(kind: AuthErrorKind, action: &str, error: &FetchError) -> Self {
        Self::new(kind, format!("{action} failed: {}", line(&error.to_string())))
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "login failed: {}", self.message)
    }
}

impl std::error::Error for AuthError {}
