//! Verification of access tokens.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;

use crate::context::principal::Principal;

/// Verifies access tokens. See [`Auth::verifier`](super::Auth::verifier).
///
/// ```
/// use mcp_runtime::Principal;
/// use mcp_runtime::authorization::{AccessToken, Auth, TokenError, TokenVerifier};
///
/// struct Database;
///
/// impl TokenVerifier for Database {
///     async fn verify(&self, token: AccessToken<'_>, resource: &str) -> Result<Principal, TokenError> {
///         // Look the token up, and check that it was issued for `resource`.
///         match (token.as_str(), resource) {
///             ("secret", "https://mcp.example.com/mcp") => Ok(Principal::new("ann").scoped(["read"])),
///             _ => Err(TokenError::invalid("it is not known")),
///         }
///     }
/// }
///
/// let auth = Auth::verifier(Database)
///     .audience("https://mcp.example.com/mcp")
///     .authorization_servers(["https://login.example.com"]);
/// # drop(auth);
/// ```
pub trait TokenVerifier: Send + Sync + 'static {
    /// Verifies a token. Its issuer, its time, and that it was issued for this resource have to be
    /// checked. The token must not be sent on, nor logged.
    ///
    /// # Errors
    /// [`TokenError::invalid`] if the token is not valid here, [`TokenError::unavailable`] if that cannot
    /// be decided now.
    fn verify(
        &self,
        token: AccessToken<'_>,
        resource: &str,
    ) -> impl Future<Output = Result<Principal, TokenError>> + Send;
}

/// An access token that is not verified yet. `Debug` does not show it.
#[derive(Clone, Copy)]
pub struct AccessToken<'a>(&'a str);

impl<'a> AccessToken<'a> {
    pub(crate) fn new(token: &'a str) -> Self {
        Self(token)
    }

    /// The token. It is a secret.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for AccessToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

/// Failure of verifying an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenError {
    pub(super) reason: Cow<'static, str>,
    pub(super) is_invalid: bool,
}

impl TokenError {
    /// The token is not valid for this server. The request gets status 401, and the client the reason, such as
    /// `it has expired`.
    pub fn invalid(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), is_invalid: true }
    }

    /// Tokens cannot be verified now. The request gets status 503; the reason is logged.
    pub fn unavailable(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), is_invalid: false }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_invalid {
            true => write!(f, "the access token is not valid: {}", self.reason),
            false => write!(f, "the access token cannot be verified: {}", self.reason),
        }
    }
}

impl std::error::Error for TokenError {}

type Verifying<'a> = Pin<Box<dyn Future<Output = Result<Principal, TokenError>> + Send + 'a>>;

/// A [`TokenVerifier`] of any type.
pub(super) trait AnyVerifier: Send + Sync {
    fn verify<'a>(&'a self, token: AccessToken<'a>, resource: &'a str) -> Verifying<'a>;
}

impl<V: TokenVerifier> AnyVerifier for V {
    fn verify<'a>(&'a self, token: AccessToken<'a>, resource: &'a str) -> Verifying<'a> {
        Box::pin(TokenVerifier::verify(self, token, resource))
    }
}
