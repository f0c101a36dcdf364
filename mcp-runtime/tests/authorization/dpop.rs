//! Proofs of possession.

use http::request::Builder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::issuer::Issuer;
use crate::keys::{Key, encode};
use crate::site::{Answer, RESOURCE, auth, bearer, call, now, send, service};

struct Client {
    key: Key,
    token: String,
}

impl Client {
    fn new(issuer: &Issuer, signer: &Key) -> Self {
        let key = Key::p256("");
        let mut claims = issuer.claims();
        claims["cnf"] = json!({ "jkt": key.thumbprint() });
        Self { key, token: signer.sign(&claims) }
    }

    fn claims(&self, id: &str) -> Value {
        json!({
            "htm": "POST",
            "htu": RESOURCE,
            "iat": now(),
            "jti": id,
            "ath": encode(Sha256::digest(&self.token)),
        })
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": self.key.bare_jwk() })
    }

    fn request(&self, proof: &str) -> Builder {
        call().header("authorization", format!("DPoP {}", self.token)).header("dpop", proof)
    }

    fn proof(&self, claims: &Value) -> String {
        self.key.sign_with(&self.header(), claims)
    }
}

fn check(answer: &Answer, error: &str, name: &str) {
    assert_eq!(answer.status, 401, "{name}: {answer:?}");
    let challenge = answer.challenge();
    assert!(challenge.starts_with(&format!("DPoP error=\"{error}\"")), "{name}: {challenge}");
    assert!(challenge.contains("algs=\"RS256"), "{challenge}");
}

#[tokio::test]
async fn a_proof_belongs_to_one_request() {
    let signer = Key::p256("1");
    let issuer = Issuer::with_keys(&[&signer]).await;
    let site = service(auth(&issuer));
    let client = Client::new(&issuer, &signer);
    let proof = client.proof(&client.claims("1"));
    let answer = send(&site, client.request(&proof)).await;
    assert_eq!(answer.who()["leaks"], false);
    check(&send(&site, client.request(&proof)).await, "invalid_dpop_proof", "replay");

    let changed = |name: &str, value: Value| {
        let mut claims = client.claims(&format!("{name}{value}"));
        claims[name] = value;
        client.proof(&claims)
    };
    for proof in [
        changed("htu", json!("HTTPS://MCP.example.com:443/mcp?a=b#c")),
        changed("iat", json!(now() - 290)),
        changed("iat", json!(now() + 30)),
        changed("nonce", json!("unasked")),
    ] {
        assert_eq!(send(&site, client.request(&proof)).await.status, 200);
    }
    for (name, value) in [
        ("htm", json!("GET")),
        ("htm", json!("post")),
        ("htm", json!(null)),
        ("htu", json!("https://mcp.example.com/other")),
        ("htu", json!("http://mcp.example.com/mcp")),
        ("htu", json!("https://evil.example.com/mcp")),
        ("htu", json!("/mcp")),
        ("htu", json!(null)),
        ("iat", json!(now() - 400)),
        ("iat", json!(now() + 120)),
        ("iat", json!("now")),
        ("iat", json!(null)),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", json!("x".repeat(300))),
        ("ath", json!(encode(Sha256::digest("other")))),
        ("ath", json!(null)),
    ] {
        let answer = send(&site, client.request(&changed(name, value.clone()))).await;
        check(&answer, "invalid_dpop_proof", &format!("{name} {value}"));
    }
}

#[tokio::test]
async fn a_proof_is_signed_by_the_key_of_the_token() {
    let signer = Key::p256("1");
    let issuer = Issuer::with_keys(&[&signer]).await;
    let site = service(auth(&issuer));
    let client = Client::new(&issuer, &signer);
    let claims = client.claims("1");
    let with = |name: &str, value: Value| {
        let mut header = client.header();
        header[name] = value;
        client.key.sign_with(&header, &claims)
    };
    let other = Key::p256("");
    let mut secret = client.key.bare_jwk();
    secret["d"] = json!("AAAA");
    for proof in [
        other.sign_with(
            &json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": other.bare_jwk() }),
            &claims,
        ),
        other.sign_with(&client.header(), &claims),
        with("typ", json!("JWT")),
        with("typ", json!(null)),
        with("jwk", json!(null)),
        with("jwk", json!("x")),
        with("jwk", secret),
        with("alg", json!("none")),
        with("alg", json!("HS256")),
        with("alg", json!("ES384")),
        with("crit", json!(["x"])),
        client.key.sign_with(&client.header(), &json!([])),
        "x".to_owned(),
        String::new(),
        "a.b.c".to_owned(),
        client.token.clone(),
    ] {
        check(&send(&site, client.request(&proof)).await, "invalid_dpop_proof", &proof);
    }
    let proof = client.proof(&claims);
    let twice = client.request(&proof).header("dpop", &proof);
    check(&send(&site, twice).await, "invalid_dpop_proof", "twice");
    let without = call().header("authorization", format!("DPoP {}", client.token));
    check(&send(&site, without).await, "invalid_dpop_proof", "without");
    // All keys are supported.
    for key in [Key::rsa(""), Key::p384(""), Key::edwards("")] {
        let mut claims = issuer.claims();
        claims["cnf"] = json!({ "jkt": key.thumbprint() });
        let client = Client { token: signer.sign(&claims), key };
        let mut header = client.header();
        header["alg"] = json!(client.key.algorithm());
        let proof = client.key.sign_with(&header, &client.claims("1"));
        assert_eq!(send(&site, client.request(&proof)).await.status, 200);
    }
}

#[tokio::test]
async fn a_bound_token_is_of_no_use_without_its_key() {
    let signer = Key::p256("1");
    let issuer = Issuer::with_keys(&[&signer]).await;
    let site = service(auth(&issuer));
    let client = Client::new(&issuer, &signer);
    // As a bearer token, the first time and when it is remembered.
    assert_eq!(bearer(&site, &client.token).await.status, 401);
    let proof = client.proof(&client.claims("1"));
    assert_eq!(send(&site, client.request(&proof)).await.status, 200);
    assert_eq!(bearer(&site, &client.token).await.status, 401);
    // A token without a key is none for the scheme DPoP.
    let free = Client { key: Key::p256(""), token: signer.sign(&issuer.claims()) };
    let proof = free.proof(&free.claims("1"));
    check(&send(&site, free.request(&proof)).await, "invalid_token", "unbound");
    assert_eq!(bearer(&site, &free.token).await.status, 200);
    // Nor is one that is bound to a certificate.
    for confirmation in [json!({ "x5t#S256": "a" }), json!({}), json!("x"), json!({ "jkt": 1 })] {
        let mut claims = issuer.claims();
        claims["cnf"] = confirmation.clone();
        assert_eq!(bearer(&site, &signer.sign(&claims)).await.status, 401, "{confirmation}");
    }
}

#[tokio::test]
async fn proofs_can_be_required() {
    let signer = Key::p256("1");
    let issuer = Issuer::with_keys(&[&signer]).await;
    let site = service(auth(&issuer).require_dpop());
    let answer = send(&site, call()).await;
    assert!(answer.challenge().starts_with("DPoP resource_metadata="), "{}", answer.challenge());
    assert_eq!(bearer(&site, &signer.sign(&issuer.claims())).await.status, 401);
    let client = Client::new(&issuer, &signer);
    let proof = client.proof(&client.claims("1"));
    assert_eq!(send(&site, client.request(&proof)).await.status, 200);
    let document = site.protected_resource_metadata().unwrap();
    assert!(format!("{document:?}").contains("dpop_bound_access_tokens_required"));
}

#[tokio::test]
async fn nonces_can_be_required() {
    let signer = Key::p256("1");
    let issuer = Issuer::with_keys(&[&signer]).await;
    let site = service(auth(&issuer).dpop_nonces());
    let client = Client::new(&issuer, &signer);
    let mut claims = client.claims("1");
    let mut given = String::new();
    for nonce in [json!(null), json!(""), json!("guessed"), json!(1)] {
        claims["nonce"] = nonce;
        let answer = send(&site, client.request(&client.proof(&claims))).await;
        check(&answer, "use_dpop_nonce", "nonce");
        given = answer.headers["dpop-nonce"].to_str().unwrap().to_owned();
    }
    claims["nonce"] = json!(given);
    assert_eq!(send(&site, client.request(&client.proof(&claims))).await.status, 200);
}
