//! Keys and signatures of JSON Web Tokens.
//!
//! Specification: [JWS, RFC 7515](https://www.rfc-editor.org/rfc/rfc7515),
//! [JWK, RFC 7517](https://www.rfc-editor.org/rfc/rfc7517),
//! [thumbprints, RFC 7638](https://www.rfc-editor.org/rfc/rfc7638).

use std::sync::Once;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::{CryptoProvider, aws_lc};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::document::Document;

/// Cryptography of this crate. `jsonwebtoken` also has one for the process, which it cannot select by
/// itself if another crate asks for another one; so signatures are never verified by that.
static PROVIDER: &CryptoProvider = &aws_lc::DEFAULT_PROVIDER;

/// Installs the cryptography for the process, unless the program has done so. Otherwise `jsonwebtoken`
/// would panic in a program that depends on it with another one.
pub(crate) fn install_provider() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The program may have installed its own.
        let _ = PROVIDER.install_default();
    });
}

/// A signature algorithm of access tokens and proofs.
///
/// None of them is symmetric, so a public key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSA with SHA-256, `RS256`.
    Rs256,
    /// RSA with SHA-384, `RS384`.
    Rs384,
    /// RSA with SHA-512, `RS512`.
    Rs512,
    /// ECDSA with the curve P-256, `ES256`.
    Es256,
    /// ECDSA with the curve P-384, `ES384`.
    Es384,
    /// Ed25519, `EdDSA`.
    EdDsa,
}

impl Algorithm {
    /// All algorithms.
    pub(crate) const ALL: [Self; 6] =
        [Self::Rs256, Self::Rs384, Self::Rs512, Self::Es256, Self::Es384, Self::EdDsa];

    /// Name in the header of a token.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        // RFC 9864 gives the only curve that we know a name of its own.
        let name = if name == "Ed25519" { "EdDSA" } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    fn inner(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Rs384 => jsonwebtoken::Algorithm::RS384,
            Self::Rs512 => jsonwebtoken::Algorithm::RS512,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Es384 => jsonwebtoken::Algorithm::ES384,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }
}

/// Kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyKind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl KeyKind {
    fn verifies(self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => self == Self::Rsa,
            Algorithm::Es256 => self == Self::P256,
            Algorithm::Es384 => self == Self::P384,
            Algorithm::EdDsa => self == Self::Ed25519,
        }
    }
}

/// A public key for signatures, from a JWK.
#[derive(Clone)]
pub(crate) struct PublicKey {
    pub(crate) kid: Option<String>,
    kind: KeyKind,
    /// The only algorithm it is meant for, if the JWK has one.
    algorithm: Option<Algorithm>,
    key: DecodingKey,
    thumbprint: String,
}

/// Members of a JWK.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<Value>,
    k: Option<Value>,
}

impl PublicKey {
    /// Reads a JWK.
    ///
    /// # Errors
    /// The reason why it cannot verify signatures.
    pub(crate) fn from_jwk(jwk: &Value) -> Result<Self, &'static str> {
        let Document(jwk): Document<Jwk> =
            Document::deserialize(jwk).map_err(|_| "the key is no JWK")?;
        if jwk.d.is_some() || jwk.k.is_some() {
            return Err("the key is secret");
        }
        if jwk.usage.as_ref().is_some_and(|usage| usage != "sig")
            || jwk.key_ops.iter().any(|all| !all.iter().any(|operation| operation == "verify"))
        {
            return Err("the key is not for signatures");
        }
        let (kind, key, canonical) = match jwk.kty.as_str() {
            "RSA" => rsa(&jwk)?,
            "EC" => elliptic(&jwk)?,
            "OKP" => edwards(&jwk)?,
            _ => return Err("the type of the key is not supported"),
        };
        let algorithm = match &jwk.alg {
            Some(name) => Some(Algorithm::parse(name).ok_or("the key has another algorithm")?),
            None => None,
        };
        let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Ok(Self { kid: jwk.kid, kind, algorithm, key, thumbprint })
    }

    /// `true` if the key is for an algorithm.
    pub(crate) fn verifies(&self, algorithm: Algorithm) -> bool {
        self.kind.verifies(algorithm) && self.algorithm.is_none_or(|only| only == algorithm)
    }

    /// Returns `true` if a signature of a message is valid.
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.verifies(algorithm)
            && (PROVIDER.verifier_factory)(&algorithm.inner(), &self.key)
                .is_ok_and(|verifier| verifier.verify(message, &signature.to_vec()).is_ok())
    }

    /// Thumbprint of the key: SHA-256, in base64url.
    pub(crate) fn thumbprint(&self) -> &str {
        &self.thumbprint
    }
}

fn decoded(member: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(member?).ok()
}

type Parts = (KeyKind, DecodingKey, String);

fn rsa(jwk: &Jwk) -> Result<Parts, &'static str> {
    const MALFORMED: &str = "the RSA key is malformed";
    let (n, e) = (decoded(jwk.n.as_ref()).ok_or(MALFORMED)?, decoded(jwk.e.as_ref()));
    let e = e.filter(|e| !e.is_empty() && e.len() <= 8).ok_or(MALFORMED)?;
    let length = n.len() - n.iter().take_while(|byte| **byte == 0).count();
    if !(256..=1024).contains(&length) {
        return Err("the RSA key is too short or too long");
    }
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(&e), encode(&n));
    Ok((KeyKind::Rsa, DecodingKey::from_rsa_raw_components(&n, &e), canonical))
}

fn elliptic(jwk: &Jwk) -> Result<Parts, &'static str> {
    const MALFORMED: &str = "the key of the elliptic curve is malformed";
    let (kind, length) = match jwk.crv.as_deref() {
        Some("P-256") => (KeyKind::P256, 32),
        Some("P-384") => (KeyKind::P384, 48),
        _ => return Err("the curve of the key is not supported"),
    };
    let coordinate = |member: &Option<String>| {
        decoded(member.as_ref()).filter(|bytes| bytes.len() == length).ok_or(MALFORMED)
    };
    let (x, y) = (coordinate(&jwk.x)?, coordinate(&jwk.y)?);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let key = DecodingKey::from_ec_components(&x, &y).map_err(|_| MALFORMED)?;
    let curve = if length == 32 { "P-256" } else { "P-384" };
    let canonical = format!(r#"{{"crv":"{curve}","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Ok((kind, key, canonical))
}

fn edwards(jwk: &Jwk) -> Result<Parts, &'static str> {
    if jwk.crv.as_deref() != Some("Ed25519") {
        return Err("the curve of the key is not supported");
    }
    let x = decoded(jwk.x.as_ref()).filter(|x| x.len() == 32);
    let x = URL_SAFE_NO_PAD.encode(x.ok_or("the key of the Edwards curve is malformed")?);
    let key = DecodingKey::from_ed_components(&x).map_err(|_| "the Edwards key is malformed")?;
    Ok((KeyKind::Ed25519, key, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

/// Size limit of a token, in bytes.
pub(crate) const MAX_TOKEN: usize = 16 << 10;

/// A token in the compact form, before its signature is verified.
pub(crate) struct Jws<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<String>,
    pub(crate) typ: Option<String>,
    pub(crate) jwk: Option<Value>,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
    jwk: Option<Value>,
}

impl<'a> Jws<'a> {
    /// Splits a token. Its algorithm is one of those that are allowed.
    ///
    /// # Errors
    /// The reason why it is malformed or not supported.
    pub(crate) fn parse(token: &'a str, allowed: &[Algorithm]) -> Result<Self, &'static str> {
        const MALFORMED: &str = "it is no JWT";
        if token.len() > MAX_TOKEN {
            return Err("it is too long");
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
        let (header, payload) = signed.split_once('.').ok_or(MALFORMED)?;
        if payload.contains('.') {
            return Err(MALFORMED);
        }
        let header = URL_SAFE_NO_PAD.decode(header).map_err(|_| MALFORMED)?;
        let Document(header): Document<Header> =
            serde_json::from_slice(&header).map_err(|_| "its header is malformed")?;
        if header.crit.is_some() {
            return Err("its header has a critical extension that is not supported");
        }
        let algorithm = Algorithm::parse(&header.alg).filter(|it| allowed.contains(it));
        Ok(Self {
            algorithm: algorithm.ok_or("its algorithm is not allowed")?,
            kid: header.kid,
            typ: header.typ,
            jwk: header.jwk,
            signed,
            payload,
            signature: URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?,
        })
    }

    /// Returns `true` if a key has signed the token.
    pub(crate) fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verify(self.algorithm, self.signed.as_bytes(), &self.signature)
    }

    /// Parses the claims.
    ///
    /// # Errors
    /// The reason why they are malformed.
    pub(crate) fn claims(&self) -> Result<serde_json::Map<String, Value>, &'static str> {
        let claims =
            URL_SAFE_NO_PAD.decode(self.payload).map_err(|_| "its claims are malformed")?;
        serde_json::from_slice(&claims).map_err(|_| "its claims are no JSON object")
    }
}
