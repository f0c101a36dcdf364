//! The check of every request: its token, and the principal that the token stands for.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest;
use http::StatusCode;
use http::header::AUTHORIZATION;
use http::request::Parts;
use url::Url;

use super::builder::{AuthSettings, Common};
use super::clock::now;
use super::credentials::{Credentials, Malformed, Scheme};
use super::dpop::{DPOP, ProofError, Proofs, ProvenRequest};
use super::metadata::{Metadata, MetadataService};
use super::recent::Recent;
use super::refusal::Refusal;
use super::verifier::{AccessToken, AnyVerifier};
use crate::context::principal::Principal;
use crate::transport::http::response::HttpBody;

/// The number of verified tokens that are remembered.
const MAX_TOKENS: usize = 10_000;

/// Time limit of streams whose tokens expire later, because clocks of systems have limits.
const MAX_STREAM: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Access to a server.
pub(in crate::transport::http) struct Gate {
    common: Arc<Common>,
    verifier: Arc<dyn AnyVerifier>,
    metadata: Option<Arc<Metadata>>,
    /// Path of the endpoint; absent in a router, which decides on paths.
    endpoint: Option<String>,
    proofs: Option<Proofs>,
    /// Verified tokens by their digests.
    verified: Mutex<Recent<[u8; 32], Verified>>,
}

/// A token that was verified.
#[derive(Clone)]
struct Verified {
    principal: Arc<Principal>,
    key: BoundTo,
    /// Time up to which it need not be verified again.
    until: i64,
}

/// Key that a token is bound to (claim `cnf`).
#[derive(Clone, Debug, PartialEq, Eq)]
enum BoundTo {
    Nothing,
    /// The key with a thumbprint.
    Key(Arc<str>),
    /// Something else, such as a certificate.
    Unsupported,
}

impl BoundTo {
    fn of(principal: &Principal) -> Self {
        match principal.claim::<serde_json::Value>("cnf") {
            None => Self::Nothing,
            Some(confirmation) => match confirmation.get("jkt").and_then(|jkt| jkt.as_str()) {
                Some(thumbprint) => Self::Key(thumbprint.into()),
                None => Self::Unsupported,
            },
        }
    }
}

impl Gate {
    /// Creates the gate of a server that listens at `bound`, where that is known.
    ///
    /// # Errors
    /// One sentence for each mistake in the settings.
    pub(in crate::transport::http) fn new(
        settings: &AuthSettings,
        bound: Option<SocketAddr>,
        path: &str,
    ) -> Result<Self, Vec<String>> {
        let AuthSettings { common, verifier } = settings.clone();
        let mut faults = common.faults.clone();
        if common.is_for_development {
            faults.extend(development_fault(&common, bound));
        } else if common.authorization_servers.is_empty() {
            faults.push(
                "Auth::verifier: expected at least one issuer in `authorization_servers`, which clients \
                 log in at"
                    .to_owned(),
            );
        }
        let resource = common.resource.as_deref().and_then(|resource| Url::parse(resource).ok());
        if common.requires_dpop && resource.is_none() {
            faults.push("Auth::require_dpop: static tokens are not bound to keys".to_owned());
        }
        let metadata = resource.as_ref().map(|resource| Arc::new(Metadata::new(&common, resource)));
        let proofs = match resource.map(|url| Proofs::new(url, common.has_nonces)) {
            Some(Ok(proofs)) => Some(proofs),
            Some(Err(_)) => {
                faults.push("the system has no random numbers".to_owned());
                None
            }
            None => None,
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let endpoint = bound.map(|_| path.to_owned());
        let verified = Mutex::new(Recent::new(MAX_TOKENS));
        Ok(Self { common, verifier, metadata, endpoint, proofs, verified })
    }

    /// The metadata as a service.
    pub(in crate::transport::http) fn metadata_service(&self) -> Option<MetadataService> {
        self.metadata.clone().map(MetadataService)
    }

    /// The response to a request for the metadata, which needs no token.
    pub(in crate::transport::http) fn describe(
        &self,
        parts: &Parts,
    ) -> Option<http::Response<HttpBody>> {
        let metadata = self.metadata.as_ref()?;
        let is_metadata = metadata.is_at(parts.uri.path(), self.endpoint.as_deref());
        is_metadata.then(|| metadata.respond(&parts.method))
    }

    /// Checks the token of a request, and removes it.
    pub(in crate::transport::http) async fn admit(
        &self,
        parts: &mut Parts,
    ) -> Result<Arc<Principal>, Box<Refusal>> {
        let principal = self.check(parts).await?;
        parts.headers.remove(AUTHORIZATION);
        parts.headers.remove(DPOP);
        Ok(principal)
    }

    async fn check(&self, parts: &Parts) -> Result<Arc<Principal>, Box<Refusal>> {
        let Credentials { scheme, token } = match Credentials::read(&parts.headers) {
            Ok(Some(credentials)) => credentials,
            Ok(None) => return Err(self.refusal(StatusCode::UNAUTHORIZED, "", "")),
            Err(Malformed(reason)) => {
                return Err(self.refusal(StatusCode::BAD_REQUEST, "invalid_request", reason));
            }
        };
        let verified = self.verified(token, scheme).await?;
        self.check_proof(parts, scheme, token, &verified.key)?;
        let missing = |scope: &&String| !verified.principal.has_scope(scope);
        if self.common.required_scopes.iter().any(|scope| missing(&scope)) {
            return Err(self.insufficient_scope(&verified.principal, &[]));
        }
        Ok(verified.principal)
    }

    /// Verifies a token, unless that was done recently.
    async fn verified(&self, token: &str, scheme: Scheme) -> Result<Verified, Box<Refusal>> {
        let digest = digest_of(token);
        let now = now();
        let known = self.verified_tokens().get(&digest);
        if let Some(known) = known {
            if now < known.until {
                return Ok(known);
            }
            self.verified_tokens().remove(&digest);
        }
        let resource = self.common.resource.as_deref().unwrap_or_default();
        let principal = self.verifier.verify(AccessToken::new(token), resource).await;
        let principal = principal.map_err(|error| match error.is_invalid {
            true => self.invalid_token(scheme, &error.reason),
            false => {
                tracing::warn!(%error, "a request cannot be authenticated");
                let description = "access tokens cannot be verified now";
                self.refusal(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "temporarily_unavailable",
                    description,
                )
            }
        })?;
        let expires = principal.expires_at().map(|time| {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
            i64::try_from(since).unwrap_or(i64::MAX)
        });
        let cached = i64::try_from(self.common.cache_time.as_secs()).unwrap_or(i64::MAX);
        let until = now.saturating_add(cached).min(expires.unwrap_or(i64::MAX));
        let key = BoundTo::of(&principal);
        let verified = Verified { principal: Arc::new(principal), key, until };
        if until > now {
            self.verified_tokens().insert(digest, verified.clone());
        }
        Ok(verified)
    }

    fn verified_tokens(&self) -> std::sync::MutexGuard<'_, Recent<[u8; 32], Verified>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that the client has the key of its token.
    fn check_proof(
        &self,
        parts: &Parts,
        scheme: Scheme,
        token: &str,
        key: &BoundTo,
    ) -> Result<(), Box<Refusal>> {
        let thumbprint = match (key, scheme) {
            (BoundTo::Nothing, Scheme::Bearer) if !self.common.requires_dpop => return Ok(()),
            (BoundTo::Nothing, _) => {
                return Err(self.invalid_token(scheme, "it is not bound to a key"));
            }
            (BoundTo::Key(_), Scheme::Bearer) => {
                let reason = "it is bound to a key; send it with the scheme DPoP and a proof";
                return Err(self.invalid_token(scheme, reason));
            }
            (BoundTo::Key(thumbprint), Scheme::Dpop) => thumbprint,
            (BoundTo::Unsupported, _) => {
                return Err(
                    self.invalid_token(scheme, "it is bound to what cannot be verified here")
                );
            }
        };
        let Some(proofs) = &self.proofs else {
            return Err(self.invalid_token(scheme, "proofs cannot be verified here"));
        };
        let (method, headers) = (parts.method.as_str(), &parts.headers);
        let request = ProvenRequest { method, headers, token, thumbprint };
        let now = now();
        proofs.verify(&request, now).map_err(|error| {
            let (status, error, description) = match error {
                ProofError::Invalid(reason) => {
                    (StatusCode::UNAUTHORIZED, "invalid_dpop_proof", reason)
                }
                ProofError::Nonce => (
                    StatusCode::UNAUTHORIZED,
                    "use_dpop_nonce",
                    "the proof needs a nonce of this server",
                ),
                ProofError::Full => {
                    (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "too many proofs")
                }
            };
            let mut refusal = self.refusal(status, error, description);
            refusal.schemes = &[Scheme::Dpop];
            refusal.nonce = proofs.nonce(now);
            refusal
        })
    }

    fn invalid_token(&self, scheme: Scheme, reason: &str) -> Box<Refusal> {
        let description = format!("the access token is not valid: {reason}");
        let mut refusal = self.refusal(StatusCode::UNAUTHORIZED, "invalid_token", &description);
        if scheme == Scheme::Dpop {
            refusal.schemes = &[Scheme::Dpop];
        }
        refusal
    }

    /// Refuses a request whose token lacks scopes. `needed` are those of the operation; the challenge contains
    /// them and those that every request needs.
    pub(in crate::transport::http) fn insufficient_scope(
        &self,
        principal: &Principal,
        needed: &[&str],
    ) -> Box<Refusal> {
        let description = "the access token has not all the scopes that this needs";
        let mut refusal = self.refusal(StatusCode::FORBIDDEN, "insufficient_scope", description);
        let mut scopes: Vec<&str> =
            self.common.required_scopes.iter().map(String::as_str).collect();
        for scope in needed {
            if !scopes.contains(scope) {
                scopes.push(scope);
            }
        }
        refusal.scope = scopes.join(" ");
        if BoundTo::of(principal) != BoundTo::Nothing {
            refusal.schemes = &[Scheme::Dpop];
        }
        refusal
    }

    fn refusal(&self, status: StatusCode, error: &'static str, description: &str) -> Box<Refusal> {
        let scopes = match self.common.required_scopes.is_empty() {
            true => &self.common.scopes_supported,
            false => &self.common.required_scopes,
        };
        let metadata_url = self.metadata.as_ref().map(|metadata| metadata.url.clone());
        Box::new(Refusal {
            status,
            error,
            description: description.to_owned(),
            schemes: match self.common.requires_dpop {
                true => &[Scheme::Dpop],
                false => &[Scheme::Bearer],
            },
            scope: if status == StatusCode::UNAUTHORIZED {
                scopes.join(" ")
            } else {
                String::new()
            },
            metadata_url: metadata_url.unwrap_or_default(),
            nonce: None,
        })
    }
}

/// Digest of a token, under which it is remembered. The token itself is not stored.
fn digest_of(token: &str) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    digest
}

/// The reason why a server with static tokens does not start.
fn development_fault(common: &Common, bound: Option<SocketAddr>) -> Option<String> {
    match bound {
        Some(address) if address.ip().is_loopback() => None,
        Some(address) => Some(format!(
            "Auth::static_tokens: expected a loopback address such as 127.0.0.1, got {}; use `Auth::jwt` for \
             a server that others reach",
            address.ip()
        )),
        None if common.is_allowed_in_service => None,
        None => Some(
            "Auth::static_tokens: a service in a router does not know its address; if it is a loopback one, \
             add `.allow_in_service()`"
                .to_owned(),
        ),
    }
}

/// Time up to which a request for a stream that reports changes is served: then its token expires, and the
/// client has to ask again. A call goes on, because it was authorized when it began.
pub(in crate::transport::http) fn time_of_stream(parts: &Parts) -> Option<Duration> {
    let is_of_method =
        || parts.headers.get("mcp-method").is_some_and(|it| it == "subscriptions/listen");
    if parts.method != http::Method::GET && !is_of_method() {
        return None;
    }
    let expires = parts.extensions.get::<Arc<Principal>>()?.expires_at()?;
    Some(expires.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO).min(MAX_STREAM))
}
