//! An issuer of access tokens at a free port: its metadata, its keys, and as many tokens as are asked for
//! at `/tokens/ALGORITHM/COUNT`, each of which differs from the others.

use std::sync::Arc;
use std::time::{Duration, SystemTime, SystemTimeError};

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Time for which tokens are valid.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

struct Issuer {
    url: String,
    rsa: RsaKeyPair,
    elliptic: EcdsaKeyPair,
    random: SystemRandom,
}

impl Issuer {
    fn metadata(&self) -> Value {
        json!({ "issuer": self.url, "jwks_uri": format!("{}/jwks", self.url) })
    }

    fn keys(&self) -> Value {
        let rsa = self.rsa.public_key();
        let (n, e) = (rsa.modulus(), rsa.exponent());
        // Behind the octet that marks an uncompressed point.
        let (x, y) = self.elliptic.public_key().as_ref()[1..].split_at(32);
        json!({ "keys": [
            {
                "kid": "RS256", "kty": "RSA", "use": "sig",
                "n": encode(n.big_endian_without_leading_zero()),
                "e": encode(e.big_endian_without_leading_zero()),
            },
            { "kid": "ES256", "kty": "EC", "use": "sig", "crv": "P-256", "x": encode(x), "y": encode(y) },
        ] })
    }

    fn token(&self, algorithm: &str, number: u32) -> Result<String, Unspecified> {
        let now = seconds().map_err(|_| Unspecified)?;
        let header = json!({ "alg": algorithm, "kid": algorithm, "typ": "at+jwt" });
        let claims = json!({
            "iss": self.url, "aud": mcp_benches::RESOURCE, "sub": "ann", "client_id": "bench",
            "scope": "numbers:add", "iat": now, "exp": now + LIFETIME.as_secs(), "jti": format!("{number:07}"),
        });
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = if algorithm == "RS256" {
            let mut signature = vec![0; self.rsa.public_modulus_len()];
            self.rsa.sign(&RSA_PKCS1_SHA256, &self.random, signed.as_bytes(), &mut signature)?;
            signature
        } else {
            self.elliptic.sign(&self.random, signed.as_bytes())?.as_ref().to_vec()
        };
        Ok(format!("{signed}.{}", encode(signature)))
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn seconds() -> Result<u64, SystemTimeError> {
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())
}

async fn tokens(
    State(issuer): State<Arc<Issuer>>,
    Path((algorithm, count)): Path<(String, u32)>,
) -> Result<String, StatusCode> {
    let tokens = (0..count).map(|number| issuer.token(&algorithm, number));
    let tokens: Result<Vec<_>, _> = tokens.collect();
    tokens.map(|tokens| tokens.join("\n")).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let issuer = Arc::new(Issuer {
        url: format!("http://{}", listener.local_addr()?),
        rsa: RsaKeyPair::generate(KeySize::Rsa2048)?,
        elliptic: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
        random: SystemRandom::new(),
    });
    eprintln!("issuer at {}", issuer.url);
    let router = Router::new()
        .route(
            "/.well-known/oauth-authorization-server",
            get(async |State(issuer): State<Arc<Issuer>>| Json(issuer.metadata())),
        )
        .route("/jwks", get(async |State(issuer): State<Arc<Issuer>>| Json(issuer.keys())))
        .route("/tokens/{algorithm}/{count}", get(tokens))
        .with_state(issuer);
    axum::serve(listener, router).await?;
    Ok(())
}
