//! Access tokens that are JSON Web Tokens.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::{first_line, selected};
use crate::authorization::Jwt;
use crate::transport::http::auth::{AccessToken, TokenVerifier as _};

const ISSUER: &str = "https://login.example.com";
const RESOURCE: &str = "https://mcp.example.com/mcp";

/// A key, and a verifier that trusts it.
struct Issuer {
    key: Ed25519KeyPair,
    verifier: Jwt,
    runtime: Runtime,
}

thread_local! {
    static OURS: Issuer = Issuer::new();
}

/// Verifies any text as a token, or a token with any header and claims that the key of the issuer has
/// signed. No token is accepted without a valid signature and the right claims, and none that differs by a
/// bit.
///
/// # Panics
/// If one is.
pub fn jwt(bytes: &[u8]) {
    let (kind, rest) = selected(bytes, 8);
    let text = String::from_utf8_lossy(rest);
    OURS.with(|issuer| match kind {
        0 => issuer.check_signed(&text),
        _ => issuer.check_any(&text),
    });
}

impl Issuer {
    fn new() -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("the seed makes a key");
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x }] });
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        Self { key, verifier: Jwt::of_keys(ISSUER, keys), runtime }
    }

    fn accepts(&self, token: &str) -> bool {
        let verified = self.verifier.verify(AccessToken::new(token), RESOURCE);
        self.runtime.block_on(verified).is_ok()
    }

    /// A token without a valid signature, unless the text has a signature of ours.
    fn check_any(&self, token: &str) {
        if !self.accepts(token) {
            return;
        }
        let (signed, signature) = token.rsplit_once('.').expect("a token has three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature is base64");
        let key = UnparsedPublicKey::new(&ED25519, self.key.public_key());
        assert!(key.verify(signed.as_bytes(), &signature).is_ok(), "a forged token is accepted");
    }

    /// A token that is signed. The first line is its header, the rest are its claims.
    fn check_signed(&self, text: &str) {
        let (header, claims) = first_line(text);
        let encode = |part: &str| URL_SAFE_NO_PAD.encode(part);
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
        if !self.accepts(&token) {
            return;
        }
        check_header(header);
        check_claims(claims);
        let mut forged = signature.as_ref().to_vec();
        let place = text.len() % forged.len();
        forged[place] ^= 1;
        let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&forged));
        assert!(!self.accepts(&forged), "a forged signature is accepted");
        let other = format!("{}.{}", encode(header), encode(&format!("{claims} ")));
        let other = format!("{other}.{}", URL_SAFE_NO_PAD.encode(signature));
        assert!(!self.accepts(&other), "other claims are accepted");
    }
}

fn check_header(header: &str) {
    let header: Value = serde_json::from_str(header).expect("an accepted header is JSON");
    assert!(header["alg"] == "EdDSA" || header["alg"] == "Ed25519", "{header}");
    assert!(header["crit"].is_null(), "{header}");
    assert!(header["kid"].is_null() || header["kid"] == "k", "{header}");
}

fn check_claims(claims: &str) {
    let claims: Value = serde_json::from_str(claims).expect("accepted claims are JSON");
    assert_eq!(claims["iss"], ISSUER);
    let audience = &claims["aud"];
    let is_ours = |audience: &Value| audience == RESOURCE;
    assert!(is_ours(audience) || audience.as_array().is_some_and(|all| all.iter().any(is_ours)));
    // The time of the machine is later than that of this line.
    assert!(claims["exp"].as_f64().is_some_and(|expires| expires > 1.7e9), "{claims}");
    let subject = ["sub", "client_id", "azp", "appid", "cid"];
    let is_named = |name: &str| claims[name].as_str().is_some_and(|text| !text.is_empty());
    assert!(subject.into_iter().any(is_named), "{claims}");
}
