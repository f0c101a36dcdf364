//! Proofs of possession (DPoP), as a server checks them.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::client::auth::jwt::{encoded, now};

/// Longest difference of clocks, in seconds.
const MAX_SKEW: u64 = 60;

/// A request with a proof.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presented<'a> {
    pub(super) proof: &'a str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
}

impl Presented<'_> {
    /// Checks the proof, and returns the thumbprint of its key.
    ///
    /// # Errors
    /// `use_dpop_nonce` if only the nonce is missing, and `invalid_dpop_proof` for anything else.
    pub(super) fn check(self, seen: &mut BTreeSet<String>) -> Result<String, &'static str> {
        let (thumbprint, claims) = self.signed().ok_or("invalid_dpop_proof")?;
        let is = |name: &str, expected: &str| claims[name].as_str() == Some(expected);
        let id = claims["jti"].as_str().unwrap_or_default().to_owned();
        let is_of_token = match self.token {
            Some(token) => is("ath", &encoded(Sha256::digest(token))),
            None => claims.get("ath").is_none(),
        };
        let is_recent = claims["iat"].as_u64().is_some_and(|at| at.abs_diff(now()) <= MAX_SKEW);
        let is_new = !id.is_empty() && seen.insert(id);
        let is_of_request = is("htm", self.method) && is("htu", self.url);
        if !(is_of_token && is_recent && is_new && is_of_request) {
            return Err("invalid_dpop_proof");
        }
        match self.nonce {
            Some(nonce) if !is("nonce", nonce) => Err("use_dpop_nonce"),
            _ => Ok(thumbprint),
        }
    }

    /// Returns the thumbprint of the key and the claims, if the signature is that of the key.
    fn signed(self) -> Option<(String, Value)> {
        let (input, signature) = self.proof.rsplit_once('.')?;
        let (header, claims) = input.split_once('.')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        let jwk = &header["jwk"];
        if header["typ"] != "dpop+jwt" || header["alg"] != "ES256" || jwk.get("d").is_some() {
            return None;
        }
        let (x, y) = (jwk["x"].as_str()?, jwk["y"].as_str()?);
        let point = [vec![4], decode(x)?, decode(y)?].concat();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        key.verify(input.as_bytes(), &decode(signature)?).ok()?;
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let thumbprint = encoded(Sha256::digest(canonical));
        Some((thumbprint, serde_json::from_slice(&decode(claims)?).ok()?))
    }
}
