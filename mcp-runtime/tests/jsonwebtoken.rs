//! A program that depends on `jsonwebtoken` as well, with cryptography of its own or none.
//!
//! Cryptography is selected once a process, so each order of events has a process of its own.

#![allow(missing_docs)]

#[path = "authorization/issuer.rs"]
#[allow(dead_code)]
mod issuer;
#[path = "authorization/keys.rs"]
#[allow(dead_code)]
mod keys;
#[path = "authorization/site.rs"]
#[allow(dead_code)]
mod site;

use std::process::Command;

use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde_json::Value;

/// Cryptography of a program, which can do nothing.
static OTHER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    key_utils: KeyUtils::new_unimplemented(),
};

#[test]
fn every_order_of_events_works() {
    let orders = [
        "the_program_has_installed_its_own",
        "the_program_installs_its_own_afterwards",
        "the_program_installs_none",
        "the_program_uses_it_before_there_is_a_server",
    ];
    for order in orders {
        let alone = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", order])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&alone.stdout);
        assert!(alone.status.success() && said.contains("1 passed"), "{order}: {said}");
    }
}

/// Verifies a token by a server, which has nothing to do with what the program has installed.
async fn serve() {
    let (key, other) = (keys::Key::p256("1"), keys::Key::p256("1"));
    let issuer = issuer::Issuer::with_keys(&[&key]).await;
    let service = site::service(site::auth(&issuer));
    assert_eq!(site::bearer(&service, &key.sign(&issuer.claims())).await.status, 200);
    assert_eq!(site::bearer(&service, &other.sign(&issuer.claims())).await.status, 401);
}

/// The program signs a token, and verifies it.
fn sign() -> Result<Value, jsonwebtoken::errors::Error> {
    let claims = serde_json::json!({ "sub": "ann" });
    let token =
        jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(b"secret"))?;
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    let decoding = DecodingKey::from_secret(b"secret");
    jsonwebtoken::decode::<Value>(&token, &decoding, &validation).map(|token| token.claims)
}

#[tokio::test]
#[ignore = "it needs a process of its own"]
async fn the_program_has_installed_its_own() {
    assert!(OTHER.install_default().is_ok());
    serve().await;
    // The program keeps what it has installed.
    assert!(sign().is_err());
}

#[tokio::test]
#[ignore = "it needs a process of its own"]
async fn the_program_installs_its_own_afterwards() {
    serve().await;
    // It is too late, which the program learns by an error.
    assert!(OTHER.install_default().is_err());
    serve().await;
    assert_eq!(sign().unwrap()["sub"], "ann");
}

#[tokio::test]
#[ignore = "it needs a process of its own"]
async fn the_program_installs_none() {
    serve().await;
    assert_eq!(sign().unwrap()["sub"], "ann");
}

#[tokio::test]
#[ignore = "it needs a process of its own"]
async fn the_program_uses_it_before_there_is_a_server() {
    assert_eq!(sign().unwrap()["sub"], "ann");
    serve().await;
    assert_eq!(sign().unwrap()["sub"], "ann");
}
