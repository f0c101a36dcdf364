//! Proofs of possession for requests of a client.
//!
//! Specification: [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretSlice};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::error::AuthError;
use super::jwt::{SigningKey, encoded, now, random_text};

/// Largest number of servers whose nonces are kept.
const MAX_NONCES: usize = 16;

/// Longest nonce that is sent back, in bytes.
const MAX_NONCE: usize = 1024;

/// The key to which tokens are bound, and the nonces that servers gave.
pub(crate) struct Prover {
    key: SigningKey,
    pkcs8: SecretSlice<u8>,
    /// Nonces by origin.
    nonces: Mutex<BTreeMap<String, String>>,
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prover").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Prover {
    /// Creates a prover with a new key.
    pub(crate) fn generate() -> Result<Self, AuthError> {
        let (key, pkcs8) = SigningKey::generate()?;
        Ok(Self { key, pkcs8: pkcs8.into(), nonces: Mutex::default() })
    }

    /// Creates a prover with a stored key.
    pub(crate) fn restore(pkcs8: Vec<u8>) -> Result<Self, AuthError> {
        let key = SigningKey::from_p256(&pkcs8)?;
        Ok(Self { key, pkcs8: pkcs8.into(), nonces: Mutex::default() })
    }

    /// Returns the key in the form in which it is stored.
    pub(crate) fn pkcs8(&self) -> &[u8] {
        self.pkcs8.expose_secret()
    }

    /// Makes a proof for a request, and for the token that it presents.
    pub(crate) fn proof(
        &self,
        method: &str,
        url: &Url,
        token: Option<&str>,
    ) -> Result<String, AuthError> {
        let mut target = url.clone();
        target.set_query(None);
        target.set_fragment(None);
        let mut claims = json!({
            "jti": random_text()?,
            "htm": method,
            "htu": target.as_str(),
            "iat": now(),
        });
        if let Some(token) = token {
            claims["ath"] = json!(encoded(Sha256::digest(token.as_bytes())));
        }
        if let Some(nonce) = self.nonces().get(&origin(url)) {
            claims["nonce"] = json!(nonce);
        }
        self.key.sign(json!({ "typ": "dpop+jwt", "jwk": self.key.public_jwk() }), &claims)
    }

    /// Stores the nonce of a server. Returns `true` if it is another one than before.
    pub(crate) fn store_nonce(&self, url: &Url, nonce: &str) -> bool {
        if nonce.is_empty() || nonce.len() > MAX_NONCE {
            return false;
        }
        let mut nonces = self.nonces();
        let origin = origin(url);
        if nonces.len() == MAX_NONCES && !nonces.contains_key(&origin) {
            nonces.pop_first();
        }
        nonces.insert(origin, nonce.to_owned()).is_none_or(|before| before != nonce)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::Value;

    use super::*;

    fn claims(proof: &str) -> Value {
        let claims = proof.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }

    #[test]
    fn proofs_name_the_request_and_the_token_and_are_never_repeated() {
        let prover = Prover::generate().unwrap();
        let url = Url::parse("https://a.example/mcp?secret=1#x").unwrap();
        let first = claims(&prover.proof("POST", &url, Some("token")).unwrap());
        assert_eq!(
            (&first["htm"], &first["htu"]),
            (&json!("POST"), &json!("https://a.example/mcp"))
        );
        assert_eq!(first["ath"], json!(encoded(Sha256::digest(b"token"))));
        assert_eq!(first.get("nonce"), None);
        assert!(prover.store_nonce(&url, "n1") && !prover.store_nonce(&url, "n1"));
        let second = claims(&prover.proof("POST", &url, None).unwrap());
        assert_eq!((second["nonce"].as_str(), second.get("ath")), (Some("n1"), None));
        assert_ne!(first["jti"], second["jti"]);
        // The nonce of a server is for that server.
        let other = Url::parse("https://b.example/mcp").unwrap();
        assert_eq!(claims(&prover.proof("GET", &other, None).unwrap()).get("nonce"), None);
        let restored = Prover::restore(prover.pkcs8().to_vec()).unwrap();
        assert_eq!(restored.key.public_jwk(), prover.key.public_jwk());
    }

    #[test]
    fn nonces_are_bounded() {
        let prover = Prover::generate().unwrap();
        for index in 0..100 {
            let url = Url::parse(&format!("https://h{index}.example")).unwrap();
            assert!(prover.store_nonce(&url, "n"));
            assert!(!prover.store_nonce(&url, &"n".repeat(MAX_NONCE + 1)));
        }
        assert_eq!(prover.nonces().len(), MAX_NONCES);
    }
}
