//! Tokens with what is needed to use and renew them.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::credentials::{Credentials, Proof, SecretMethod};
use super::discovery::{Discovered, DpopSupport};
use super::dpop::Prover;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::TokenResponse;
use super::jwt::now;
use super::scopes::Scopes;

/// Time before its expiry at which a token is renewed, in seconds. Half of its lifetime, if that is less.
const RENEWAL_MARGIN: u64 = 30;

/// An access token, and its origin.
pub(crate) struct Grant {
    /// Number of the token among those of a client.
    pub(crate) generation: u64,
    pub(crate) discovered: Arc<Discovered>,
    pub(crate) credentials: Credentials,
    pub(crate) access_token: SecretString,
    pub(crate) refresh_token: Option<SecretString>,
    /// Seconds since 1970.
    pub(crate) expires_at: Option<u64>,
    /// Time before the expiry at which the token is renewed, in seconds.
    margin: u64,
    /// Scopes that were requested.
    pub(crate) requested: Scopes,
    /// Scopes that were granted.
    pub(crate) granted: Scopes,
    /// Key to which the token is bound.
    pub(crate) prover: Option<Arc<Prover>>,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// A request for tokens, which their response is compared with.
pub(crate) struct Asked {
    pub(crate) discovered: Arc<Discovered>,
    pub(crate) credentials: Credentials,
    pub(crate) scopes: Scopes,
    pub(crate) prover: Option<Arc<Prover>>,
    /// `true` if only a bound token is accepted.
    pub(crate) requires_dpop: bool,
}

impl Asked {
    /// Takes the tokens of a response.
    pub(crate) fn granted(self, response: TokenResponse) -> Result<Grant, AuthError> {
        let is_dpop = response.token_type.eq_ignore_ascii_case("dpop");
        if !is_dpop && !response.token_type.eq_ignore_ascii_case("bearer") {
            let message = "expected a token of type `Bearer` or `DPoP`, got another";
            return Err(AuthError::new(AuthErrorKind::Token, message));
        }
        let is_unusable = is_dpop && self.prover.is_none();
        if is_unusable || self.requires_dpop && !is_dpop {
            let expected = if is_unusable { "Bearer" } else { "DPoP" };
            let message = format!("expected a token of type `{expected}`, got one of another type");
            return Err(AuthError::new(AuthErrorKind::Token, message));
        }
        Ok(Grant {
            generation: 0,
            discovered: self.discovered,
            credentials: self.credentials,
            access_token: response.access_token,
            refresh_token: response.refresh_token,
            expires_at: response.expires_in.map(|seconds| now().saturating_add(seconds)),
            margin: response.expires_in.map_or(0, |seconds| RENEWAL_MARGIN.min(seconds / 2)),
            granted: response.scope.unwrap_or_else(|| self.scopes.clone()),
            requested: self.scopes,
            prover: self.prover.filter(|_| is_dpop),
        })
    }
}

impl Grant {
    /// Returns `true` if the token has expired, or is about to.
    pub(crate) fn expires(&self) -> bool {
        self.expires_at.is_some_and(|at| at <= now().saturating_add(self.margin))
    }

    /// Returns `true` if another grant has the same access token.
    pub(crate) fn has_token_of(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }

    /// Returns `true` if the token is of the kind and the scopes that a server requires.
    pub(crate) fn satisfies(&self, discovered: &Discovered, challenged: &Scopes) -> bool {
        let is_bound = self.prover.is_some() || discovered.dpop < DpopSupport::Required;
        is_bound && self.requested.contains_all(challenged)
    }

    pub(crate) fn has_expired(&self) -> bool {
        self.expires_at.is_some_and(|at| at <= now())
    }

    /// Returns `true` if a stored text is that of this token.
    pub(crate) fn is_stored_as(&self, text: &SecretString) -> bool {
        let stored = serde_json::from_str::<Stored>(text.expose_secret());
        stored.is_ok_and(|stored| stored.access_token == self.access_token.expose_secret())
    }

    /// Returns the text under which the token is stored.
    pub(crate) fn to_stored(&self) -> SecretString {
        let stored = Stored {
            issuer: self.discovered.issuer().to_owned(),
            resource: self.discovered.resource.clone(),
            access_token: self.access_token.expose_secret().to_owned(),
            refresh_token: self
                .refresh_token
                .as_ref()
                .map(|token| token.expose_secret().to_owned()),
            expires_at: self.expires_at,
            requested: self.requested.to_string(),
            granted: self.granted.to_string(),
            client: StoredClient::of(&self.credentials),
            dpop_key: self.prover.as_ref().map(|prover| STANDARD.encode(prover.pkcs8())),
        };
        crate::client::message::to_json(&stored).into()
    }

    /// Reads a stored token. A value of another issuer or resource is none, and so is one that cannot be
    /// read. `known` are the credentials of the application, and `document` those of its metadata document:
    /// keys are not stored.
    pub(crate) fn from_stored(
        text: &SecretString,
        discovered: &Arc<Discovered>,
        known: Option<&Credentials>,
        document: Option<Credentials>,
    ) -> Option<Self> {
        let stored: Stored = serde_json::from_str(text.expose_secret()).ok()?;
        if stored.issuer != discovered.issuer() || stored.resource != discovered.resource {
            return None;
        }
        let credentials = match known {
            Some(known) if known.client_id == stored.client.client_id => known.clone(),
            Some(_) => return None,
            None => document
                .filter(|document| document.client_id == stored.client.client_id)
                .unwrap_or_else(|| stored.client.into_credentials()),
        };
        let prover = match stored.dpop_key {
            Some(key) => Some(Arc::new(Prover::restore(STANDARD.decode(key).ok()?).ok()?)),
            None => None,
        };
        Some(Self {
            generation: 0,
            discovered: Arc::clone(discovered),
            credentials,
            access_token: stored.access_token.into(),
            refresh_token: stored.refresh_token.map(SecretString::from),
            expires_at: stored.expires_at,
            margin: RENEWAL_MARGIN,
            requested: Scopes::parse(&stored.requested),
            granted: Scopes::parse(&stored.granted),
            prover,
        })
    }
}

/// A token as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    issuer: String,
    resource: String,
    access_token: String,
    refresh_token: Option<String>,
    expires_at: Option<u64>,
    requested: String,
    granted: String,
    client: StoredClient,
    dpop_key: Option<String>,
}

/// A client as it is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredClient {
    pub(crate) client_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint_auth_method: Option<String>,
}

impl StoredClient {
    pub(crate) fn of(credentials: &Credentials) -> Self {
        let (secret, method) = match &credentials.proof {
            Proof::Secret { secret, method } => (Some(secret.expose_secret().to_owned()), *method),
            Proof::None | Proof::Key(_) => (None, None),
        };
        Self {
            client_id: credentials.client_id.clone(),
            client_secret: secret,
            token_endpoint_auth_method: method.map(|method| method.as_str().to_owned()),
        }
    }

    pub(crate) fn into_credentials(self) -> Credentials {
        let method = self.token_endpoint_auth_method;
        let proof = match self.client_secret {
            Some(secret) if method.as_deref() != Some("none") => Proof::Secret {
                secret: secret.into(),
                method: method.as_deref().and_then(SecretMethod::parse),
            },
            _ => Proof::None,
        };
        Credentials { client_id: self.client_id, proof }
    }
}
