//! A program that depends on `jsonwebtoken` as well, and has selected other cryptography for it.

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

use jsonwebtoken::crypto::{CryptoProvider, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{EncodingKey, Header};

static OTHER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    key_utils: KeyUtils::new_unimplemented(),
};

#[tokio::test]
async fn tokens_are_verified_with_the_cryptography_of_this_crate() {
    assert!(OTHER.install_default().is_ok());
    let key = keys::Key::p256("1");
    let issuer = issuer::Issuer::with_keys(&[&key]).await;
    let service = site::service(site::auth(&issuer));
    let token = key.sign(&issuer.claims());
    assert_eq!(site::bearer(&service, &token).await.status, 200);
    // The program keeps what it has installed.
    let encoded = jsonwebtoken::encode(
        &Header::default(),
        &issuer.claims(),
        &EncodingKey::from_secret(b"secret"),
    );
    assert!(encoded.is_err());
}
