//! Proofs of possession: a client shows with each request that it has the key of its token.
//!
//! Specification: [DPoP, RFC 9449](https://www.rfc-editor.org/rfc/rfc9449).

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hkdf::Hkdf;
use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::auth::keys::{Algorithm, Jws, PublicKey};

/// The header of a proof.
pub(super) const DPOP: HeaderName = HeaderName::from_static("dpop");
/// The header of a nonce.
pub(super) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Age of a proof, in seconds, up to which it is accepted.
const MAX_AGE: i64 = 300;
/// Seconds by which the clock of a client may be fast.
const MAX_AHEAD: i64 = 60;
/// Size limit of `jti`, in bytes.
const MAX_ID: usize = 256;
/// The number of proofs of one key that are remembered.
const MAX_OF_KEY: usize = 5_000;
/// The number of proofs of all keys that are remembered.
const MAX_OF_ALL: usize = 200_000;
/// Seconds for which a nonce is given out. It is accepted for as long after that.
const NONCE_PERIOD: i64 = 300;

/// Names of the algorithms of proofs.
pub(super) fn algorithms() -> Vec<&'static str> {
    Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect()
}

/// Obstacle to accepting a proof.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ProofError {
    /// It is not valid, or there is none.
    Invalid(&'static str),
    /// It has no nonce of this server, or an old one.
    Nonce,
    /// There is no memory to recognize a repetition of it.
    Full,
}

/// Verifier of proofs.
pub(super) struct Proofs {
    /// URL of the server, as clients reach it.
    url: Url,
    nonces: Option<Nonces>,
    seen: Mutex<Seen>,
}

/// The request that a proof belongs to.
pub(super) struct ProvenRequest<'a> {
    pub(super) method: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) token: &'a str,
    /// Thumbprint of the key that the token is bound to.
    pub(super) thumbprint: &'a str,
}

impl Proofs {
    /// Creates the verifier of a server.
    ///
    /// # Errors
    /// [`getrandom::Error`] if there is no key for nonces.
    pub(super) fn new(url: Url, has_nonces: bool) -> Result<Self, getrandom::Error> {
        let nonces = has_nonces.then(Nonces::new).transpose()?;
        Ok(Self { url: bare(url), nonces, seen: Mutex::default() })
    }

    /// Verifies the proof of a request, whose token is verified already.
    pub(super) fn verify(&self, request: &ProvenRequest<'_>, now: i64) -> Result<(), ProofError> {
        let mut values = request.headers.get_all(&DPOP).iter();
        let proof = values.next().ok_or(ProofError::Invalid("there is no proof"))?;
        if values.next().is_some() {
            return Err(ProofError::Invalid("there are several proofs"));
        }
        let proof = proof.to_str().map_err(|_| ProofError::Invalid("the proof is no JWT"))?;
        let (key, claims) = signed(proof).map_err(ProofError::Invalid)?;
        if key.thumbprint() != request.thumbprint {
            return Err(ProofError::Invalid("the token is bound to another key"));
        }
        self.check(&claims, request, now)?;
        let id = text(&claims, "jti").filter(|id| (1..=MAX_ID).contains(&id.len()));
        let id = id.ok_or(ProofError::Invalid("the id of the proof is missing or too long"))?;
        let mut seen = self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        seen.add(key.thumbprint(), id, now)
    }

    /// Checks everything about a proof apart from its key and its id.
    fn check(
        &self,
        claims: &Map<String, Value>,
        request: &ProvenRequest<'_>,
        now: i64,
    ) -> Result<(), ProofError> {
        let invalid = |reason| Err(ProofError::Invalid(reason));
        if text(claims, "htm") != Some(request.method) {
            return invalid("the proof is for another method");
        }
        let url = text(claims, "htu").and_then(|url| Url::parse(url).ok()).map(bare);
        if url.as_ref() != Some(&self.url) {
            return invalid("the proof is for another URL");
        }
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(request.token));
        if text(claims, "ath") != Some(digest.as_str()) {
            return invalid("the proof is for another token");
        }
        let made = claims.get("iat").and_then(Value::as_f64).map(|made| made.floor() as i64);
        let Some(made) = made else { return invalid("the proof has no time") };
        if made < now.saturating_sub(MAX_AGE) || made > now.saturating_add(MAX_AHEAD) {
            return invalid("the proof is too old, or of the future");
        }
        match (&self.nonces, text(claims, "nonce")) {
            (None, _) => Ok(()),
            (Some(nonces), Some(nonce)) if nonces.accepts(nonce, now) => Ok(()),
            (Some(_), _) => Err(ProofError::Nonce),
        }
    }

    /// The nonce that clients have to use, if they have to.
    pub(super) fn nonce(&self, now: i64) -> Option<String> {
        self.nonces.as_ref().map(|nonces| nonces.at(now / NONCE_PERIOD))
    }
}

/// The URL without query and fragment, which proofs do not cover.
fn bare(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// Verifies the signature of a proof. Returns its key and its claims.
fn signed(proof: &str) -> Result<(PublicKey, Map<String, Value>), &'static str> {
    let proof =
        Jws::parse(proof, &Algorithm::ALL).map_err(|_| "the proof is no JWT that is supported")?;
    if !proof.typ.as_ref().is_some_and(|typ| typ.eq_ignore_ascii_case("dpop+jwt")) {
        return Err("the proof has another type");
    }
    let key = PublicKey::from_jwk(proof.jwk.as_ref().ok_or("the proof has no key")?)?;
    if !proof.is_signed_by(&key) {
        return Err("the signature of the proof is not valid");
    }
    Ok((key, proof.claims().map_err(|_| "the claims of the proof are malformed")?))
}

/// Nonces that are derived from the time, so that none is stored.
struct Nonces(Hkdf<Sha256>);

impl Nonces {
    fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(Hkdf::new(None, &key)))
    }

    fn at(&self, period: i64) -> String {
        let mut nonce = [0; 18];
        // The length is far below the limit.
        let _ = self.0.expand(&period.to_be_bytes(), &mut nonce);
        URL_SAFE_NO_PAD.encode(nonce)
    }

    fn accepts(&self, nonce: &str, now: i64) -> bool {
        let period = now / NONCE_PERIOD;
        // Digests are compared, so that the time of comparing shows nothing of the nonce.
        let digest = Sha256::digest(nonce);
        [period, period - 1].iter().any(|period| Sha256::digest(self.at(*period)) == digest)
    }
}

/// Proofs that were accepted, for as long as they could be repeated.
#[derive(Default)]
struct Seen {
    /// Time of expiry by the digest of key and id.
    proofs: HashMap<[u8; 32], i64>,
    of_key: HashMap<[u8; 32], Vec<[u8; 32]>>,
    swept: i64,
}

impl Seen {
    /// Adds a proof.
    fn add(&mut self, thumbprint: &str, id: &str, now: i64) -> Result<(), ProofError> {
        let key: [u8; 32] = Sha256::digest(thumbprint).into();
        let proof: [u8; 32] = Sha256::new().chain_update(key).chain_update(id).finalize().into();
        if self.proofs.get(&proof).is_some_and(|until| *until >= now) {
            return Err(ProofError::Invalid("the proof was used before"));
        }
        let is_full = |seen: &Self| {
            seen.proofs.len() >= MAX_OF_ALL
                || seen.of_key.get(&key).is_some_and(|all| all.len() >= MAX_OF_KEY)
        };
        // A search of all costs much, so there is one in a while.
        if now.saturating_sub(self.swept) >= MAX_AGE || (is_full(self) && now != self.swept) {
            self.sweep(now);
        }
        if is_full(self) {
            return Err(ProofError::Full);
        }
        self.proofs.insert(proof, now.saturating_add(MAX_AGE + MAX_AHEAD));
        self.of_key.entry(key).or_default().push(proof);
        Ok(())
    }

    fn sweep(&mut self, now: i64) {
        self.swept = now;
        self.proofs.retain(|_, until| *until >= now);
        let proofs = &self.proofs;
        self.of_key.retain(|_, all| {
            all.retain(|proof| proofs.contains_key(proof));
            !all.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_accepted_once() {
        let mut seen = Seen::default();
        assert_eq!(seen.add("a", "1", 1000), Ok(()));
        assert!(matches!(seen.add("a", "1", 1000), Err(ProofError::Invalid(_))));
        assert!(matches!(seen.add("a", "1", 1000 + MAX_AGE), Err(ProofError::Invalid(_))));
        assert_eq!(seen.add("b", "1", 1000), Ok(()));
        assert_eq!(seen.add("a", "2", 1000), Ok(()));
    }

    #[test]
    fn the_memory_of_proofs_is_bounded_by_key() {
        let mut seen = Seen::default();
        for id in 0..MAX_OF_KEY {
            assert_eq!(seen.add("flood", &id.to_string(), 1000), Ok(()));
        }
        assert_eq!(seen.add("flood", "more", 1000), Err(ProofError::Full));
        // Others are not affected, and time makes room.
        assert_eq!(seen.add("other", "1", 1000), Ok(()));
        assert_eq!(seen.add("flood", "more", 1001 + MAX_AGE + MAX_AHEAD), Ok(()));
        assert_eq!(seen.proofs.len(), 1);
    }

    #[test]
    fn nonces_are_recent() {
        let nonces = Nonces::new().unwrap();
        let nonce = nonces.at(10);
        for (now, accepted) in [
            (10 * NONCE_PERIOD, true),
            (12 * NONCE_PERIOD - 1, true),
            (12 * NONCE_PERIOD, false),
            (10 * NONCE_PERIOD - 1, false),
        ] {
            assert_eq!(nonces.accepts(&nonce, now), accepted, "{now}");
        }
        assert!(!nonces.accepts("", 3000) && !nonces.accepts("x", 3000));
        assert!(!Nonces::new().unwrap().accepts(&nonce, 10 * NONCE_PERIOD));
    }
}
