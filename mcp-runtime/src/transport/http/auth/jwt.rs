//! Access tokens that are signed: JSON Web Tokens.
//!
//! Specification: [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068),
//! [best practices, RFC 8725](https://www.rfc-editor.org/rfc/rfc8725).

use std::sync::OnceLock;
use std::time::Duration;

use url::Url;

use super::builder::Auth;
use super::claims::{Expected, Provider};
use super::clock::now;
use super::jwks::{KeySet, Remote};
use super::verifier::{AccessToken, TokenError, TokenVerifier};
use crate::auth::keys::{Algorithm, Jws, PublicKey};
use crate::auth::safe_client::{Reach, SafeClient};
use crate::context::principal::Principal;

/// The number of keys that a token without `kid` is compared with.
const MAX_CANDIDATES: usize = 8;

/// Types in the header of access tokens, in lower case.
const TYPES: [&str; 4] =
    ["jwt", "at+jwt", "application/at+jwt", "application/okta-internal-at+jwt"];

/// Verifies access tokens that are JSON Web Tokens. See [`Auth::jwt`].
///
/// It accepts a token that is signed with RS256, RS384, RS512, ES256, ES384 or EdDSA by a key of the issuer,
/// is within its time (`exp`, which is required, and `nbf`), and has the issuer and the audience of the
/// server.
pub struct Jwt {
    pub(super) issuers: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) client_ids: Vec<String>,
    pub(super) provider: Provider,
    algorithms: Vec<Algorithm>,
    skew: Duration,
    pub(super) key_set_url: Option<Url>,
    is_in_private_network: bool,
    keys: OnceLock<Result<KeySet, String>>,
}

impl Jwt {
    pub(super) fn new(issuer: String) -> Self {
        Self {
            issuers: vec![issuer],
            audiences: Vec::new(),
            client_ids: Vec::new(),
            provider: Provider::Standard,
            algorithms: Algorithm::ALL.to_vec(),
            skew: Duration::from_secs(60),
            key_set_url: None,
            is_in_private_network: false,
            keys: OnceLock::new(),
        }
    }

    /// Creates a verifier whose issuer has these keys.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_keys(issuer: &str, keys: serde_json::Value) -> Self {
        let keys = KeySet::new(Box::new(super::jwks::Fixed(keys)));
        Self { keys: OnceLock::from(Ok(keys)), ..Self::new(issuer.to_owned()) }
    }

    fn key_set(&self) -> Result<&KeySet, TokenError> {
        let keys = self.keys.get_or_init(|| {
            let issuer = self.issuers.first().cloned().unwrap_or_default();
            let configured = self.key_set_url.clone().or_else(|| Url::parse(&issuer).ok());
            let reach = match (self.is_in_private_network, configured) {
                (true, _) => Reach::PrivateToo,
                (false, Some(configured)) => Reach::of(&configured),
                (false, None) => Reach::Public,
            };
            let client = SafeClient::new(reach).map_err(|error| error.to_string())?;
            Ok(KeySet::new(Box::new(Remote::new(client, issuer, self.key_set_url.clone()))))
        });
        keys.as_ref().map_err(|reason| TokenError::unavailable(reason.clone()))
    }

    /// Verifies the signature of a token.
    async fn verify_signature(&self, token: &Jws<'_>) -> Result<(), TokenError> {
        let set = self.key_set()?;
        let keys = set.keys().await?;
        let is_known = match signed(token, &keys) {
            Signed::Yes => return Ok(()),
            Signed::ByNone => token.kid.is_some(),
            Signed::UnknownKey => false,
        };
        if !is_known
            && let Some(keys) = set.renewed(&keys).await
            && signed(token, &keys) == Signed::Yes
        {
            return Ok(());
        }
        Err(TokenError::invalid(match is_known {
            true => "its signature is not valid",
            false => "the issuer has no such key",
        }))
    }
}

#[derive(PartialEq, Eq)]
enum Signed {
    Yes,
    /// There are keys that may have signed it, and none has.
    ByNone,
    UnknownKey,
}

fn signed(token: &Jws<'_>, keys: &[PublicKey]) -> Signed {
    let is_candidate = |key: &&PublicKey| {
        key.verifies(token.algorithm) && (token.kid.is_none() || token.kid == key.kid)
    };
    let mut candidates = keys.iter().filter(is_candidate).take(MAX_CANDIDATES).peekable();
    if candidates.peek().is_none() {
        return Signed::UnknownKey;
    }
    match candidates.any(|key| token.is_signed_by(key)) {
        true => Signed::Yes,
        false => Signed::ByNone,
    }
}

impl TokenVerifier for Jwt {
    async fn verify(
        &self,
        token: AccessToken<'_>,
        resource: &str,
    ) -> Result<Principal, TokenError> {
        let token = Jws::parse(token.as_str(), &self.algorithms).map_err(TokenError::invalid)?;
        let typ = token.typ.as_ref().map(|typ| typ.to_ascii_lowercase());
        if typ.is_some_and(|typ| !TYPES.contains(&typ.as_str())) {
            return Err(TokenError::invalid("it is no access token"));
        }
        let audiences: Vec<&str> = match self.audiences.is_empty() {
            true => vec![resource],
            false => self.audiences.iter().map(String::as_str).collect(),
        };
        let expected = Expected {
            issuers: &self.issuers,
            audiences: &audiences,
            client_ids: &self.client_ids,
            skew: self.skew,
            provider: self.provider,
            is_jwt: true,
        };
        // Claims come first, so that tokens which are meant for others cause no requests for keys.
        let claims = token.claims().map_err(TokenError::invalid)?;
        let principal = expected.principal(claims, now()).map_err(TokenError::invalid)?;
        self.verify_signature(&token).await?;
        Ok(principal)
    }
}

impl std::fmt::Debug for Jwt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jwt").field("issuers", &self.issuers).finish_non_exhaustive()
    }
}

impl Auth<Jwt> {
    /// Sets the values of `aud` that are accepted instead of the [audience](Auth::audience), for
    /// authorization servers that do not use the URL of a server as its audience.
    pub fn token_audiences(
        mut self,
        audiences: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.verifier.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// Accepts tokens without `aud` that were issued to one of these clients.
    ///
    /// This is weaker than an audience: a token that a client has got for another server is accepted as
    /// well. Tokens with `aud` have to have the right one nevertheless.
    pub fn client_ids(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.verifier.client_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the signature algorithms that are accepted; all of [`Algorithm`] by default.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.verifier.algorithms = algorithms.into_iter().collect();
        if self.verifier.algorithms.is_empty() {
            self.common.faults.push("Auth::algorithms: expected at least one".to_owned());
        }
        self
    }

    /// Sets the difference of clocks that is tolerated; a minute by default.
    pub fn clock_skew(mut self, skew: Duration) -> Self {
        self.verifier.skew = skew;
        self
    }

    /// Sets the URL of the key set (JWKS), which is found through the metadata of the issuer by default.
    pub fn key_set_url(mut self, url: impl AsRef<str>) -> Self {
        self.verifier.key_set_url = self.common.url("Auth::key_set_url", url.as_ref());
        self
    }

    /// Allows an issuer in a private network, such as `10.0.0.0/8`. Such addresses are refused by default,
    /// because the metadata of an issuer names further ones.
    pub fn private_network(mut self) -> Self {
        self.verifier.is_in_private_network = true;
        self
    }
}
