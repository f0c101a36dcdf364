//! Signing of JSON Web Tokens: assertions of clients, and DPoP proofs.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::error::{AuthError, AuthErrorKind};

/// A private key that signs the assertions of a client. Its `Debug` form shows the algorithm only.
#[derive(Clone)]
pub struct SigningKey {
    key: Arc<Key>,
    algorithm: &'static str,
    id: Option<String>,
}

enum Key {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// Algorithms of RSA keys.
static RSA_ENCODINGS: [(&str, &dyn RsaEncoding); 4] = [
    ("RS256", &RSA_PKCS1_SHA256),
    ("RS384", &RSA_PKCS1_SHA384),
    ("RS512", &RSA_PKCS1_SHA512),
    ("PS256", &RSA_PSS_SHA256),
];

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a private key in PKCS #8, as PEM (`-----BEGIN PRIVATE KEY-----`). The algorithm is that of
    /// the key: `ES256`, `ES384` or `EdDSA`, or for RSA keys `RS256`.
    ///
    /// # Errors
    /// [`AuthErrorKind::Configuration`] for what is no such key.
    pub fn from_pem(pem: &str) -> Result<Self, AuthError> {
        let der = der_of(pem)?;
        let found = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map(|key| (Key::Ecdsa(key), "ES256"))
            .or_else(|_| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &der)
                    .map(|key| (Key::Ecdsa(key), "ES384"))
            })
            .or_else(|_| Ed25519KeyPair::from_pkcs8(&der).map(|key| (Key::Ed25519(key), "EdDSA")))
            .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(|key| (Key::Rsa(key), "RS256")));
        let (key, algorithm) = found.map_err(|_| {
            invalid("expected a key of P-256, P-384, Ed25519 or RSA in PKCS #8, got another")
        })?;
        Ok(Self { key: Arc::new(key), algorithm, id: None })
    }

    /// Sets the algorithm of an RSA key: `RS256`, `RS384`, `RS512` or `PS256`. Other keys have one
    /// algorithm only.
    ///
    /// # Errors
    /// [`AuthErrorKind::Configuration`] for an algorithm that the key does not have.
    pub fn algorithm(mut self, algorithm: &str) -> Result<Self, AuthError> {
        let of_rsa = RSA_ENCODINGS.iter().find(|(name, _)| *name == algorithm);
        match of_rsa {
            Some((name, _)) if matches!(*self.key, Key::Rsa(_)) => self.algorithm = name,
            _ if self.algorithm == algorithm => {}
            _ => return Err(invalid(format!("this key cannot sign with `{algorithm}`"))),
        }
        Ok(self)
    }

    /// Sets the id of the key, which the header of each assertion names.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Returns the name of the algorithm.
    pub(crate) fn algorithm_name(&self) -> &'static str {
        self.algorithm
    }

    /// Signs claims. `header` has further members of the header.
    pub(crate) fn sign(&self, mut header: Value, claims: &Value) -> Result<String, AuthError> {
        header["alg"] = json!(self.algorithm);
        if let Some(id) = &self.id {
            header["kid"] = json!(id);
        }
        let input = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature =
            self.signature(input.as_bytes()).map_err(|_| invalid("the key cannot sign"))?;
        Ok(format!("{input}.{}", encoded(signature)))
    }

    fn signature(&self, input: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        match &*self.key {
            Key::Ecdsa(key) => Ok(key.sign(&random, input)?.as_ref().to_vec()),
            Key::Ed25519(key) => Ok(key.sign(input).as_ref().to_vec()),
            Key::Rsa(key) => {
                let named = RSA_ENCODINGS.iter().find(|(name, _)| *name == self.algorithm);
                let encoding = named.map_or(RSA_ENCODINGS[0].1, |(_, encoding)| *encoding);
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(encoding, &random, input, &mut signature)?;
                Ok(signature)
            }
        }
    }

    /// Generates a key of P-256, and returns it with its form in PKCS #8.
    pub(crate) fn generate() -> Result<(Self, Vec<u8>), AuthError> {
        let failed = |_| invalid("generating a key failed");
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let pkcs8 = pkcs8.map_err(failed)?;
        Ok((Self::from_p256(pkcs8.as_ref())?, pkcs8.as_ref().to_vec()))
    }

    /// Reads a generated key.
    pub(crate) fn from_p256(pkcs8: &[u8]) -> Result<Self, AuthError> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8);
        let key = key.map_err(|_| invalid("the stored key is not valid"))?;
        Ok(Self { key: Arc::new(Key::Ecdsa(key)), algorithm: "ES256", id: None })
    }

    /// Returns the public key of a generated key as a JWK.
    pub(crate) fn public_jwk(&self) -> Value {
        let Key::Ecdsa(key) = &*self.key else { return Value::Null };
        let point = key.public_key().as_ref();
        // An uncompressed point: 4, then the two coordinates.
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        json!({ "kty": "EC", "crv": "P-256", "x": encoded(x), "y": encoded(y) })
    }
}

/// Returns the DER bytes of the first private key in a PEM text.
fn der_of(pem: &str) -> Result<Vec<u8>, AuthError> {
    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    let wrong =
        "expected a private key in PKCS #8 as PEM (`-----BEGIN PRIVATE KEY-----`), got another";
    let (_, rest) = pem.split_once(BEGIN).ok_or_else(|| invalid(wrong))?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or_else(|| invalid(wrong))?;
    let body: String = body.chars().filter(|character| !character.is_whitespace()).collect();
    STANDARD.decode(body).map_err(|_| invalid(wrong))
}

fn invalid(message: impl Into<String>) -> AuthError {
    AuthError::new(AuthErrorKind::Configuration, message)
}

/// Encodes bytes in Base64 for URLs.
pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns a random text of 32 bytes, in Base64 for URLs.
pub(crate) fn random_text() -> Result<String, AuthError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|_| invalid("the system has no source of random numbers"))?;
    Ok(encoded(bytes))
}

/// Returns the time in seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    use super::*;

    fn pem(pkcs8: &[u8]) -> String {
        let body = STANDARD.encode(pkcs8);
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    #[test]
    fn signatures_verify() {
        let (key, pkcs8) = SigningKey::generate().unwrap();
        let key = SigningKey::from_pem(&pem(&pkcs8)).map(|read| (key, read)).unwrap().1.id("k1");
        let token = key.sign(json!({"typ": "JWT"}), &json!({"iss": "me"})).unwrap();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let header = URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().0).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({"typ": "JWT", "alg": "ES256", "kid": "k1"}));
        let jwk = key.public_jwk();
        let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        let point = [vec![4], coordinate("x"), coordinate("y")].concat();
        assert_eq!(point.len(), 65);
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            .verify(input.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
            .unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused_and_no_key_is_shown() {
        let (key, pkcs8) = SigningKey::generate().unwrap();
        for text in ["", "x", "-----BEGIN PRIVATE KEY-----", &pem(b"x"), &pem(&pkcs8[..40])] {
            assert!(SigningKey::from_pem(text).is_err(), "{text}");
        }
        assert_eq!(format!("{key:?}"), "SigningKey { algorithm: \"ES256\", .. }");
        assert!(key.clone().algorithm("RS256").is_err());
        assert!(key.clone().algorithm("none").is_err() && key.algorithm("ES256").is_ok());
    }
}
