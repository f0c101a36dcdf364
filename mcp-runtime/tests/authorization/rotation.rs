//! Keys that change, and issuers that fail.

use serde_json::json;

use crate::issuer::Issuer;
use crate::keys::Key;
use crate::site::{auth, bearer, service};

#[tokio::test]
async fn an_unknown_key_is_fetched_but_not_too_often() {
    let (old, new, unknown) = (Key::p256("old"), Key::p256("new"), Key::p256("unknown"));
    let issuer = Issuer::with_keys(&[&old]).await;
    let service = service(auth(&issuer));
    assert_eq!(bearer(&service, &old.sign(&issuer.claims())).await.status, 200);
    assert_eq!(issuer.count("/jwks"), 1);
    issuer.publish_keys(&[&new]);
    // The key was fetched a moment ago, so it is not fetched again for any token.
    for _ in 0..10 {
        assert_eq!(bearer(&service, &unknown.sign(&issuer.claims())).await.status, 401);
    }
    assert_eq!(issuer.count("/jwks"), 1);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(31)).await;
    tokio::time::resume();
    assert_eq!(bearer(&service, &new.sign(&issuer.claims())).await.status, 200);
    assert_eq!(issuer.count("/jwks"), 2);
    for _ in 0..10 {
        assert_eq!(bearer(&service, &unknown.sign(&issuer.claims())).await.status, 401);
    }
    assert_eq!(issuer.count("/jwks"), 2);
}

#[tokio::test]
async fn tokens_for_others_cause_no_requests() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    for change in
        [json!({ "iss": "https://evil.example.com" }), json!({ "aud": "x" }), json!({ "exp": 1 })]
    {
        let mut claims = issuer.claims();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        assert_eq!(bearer(&service, &key.sign(&claims)).await.status, 401);
    }
    assert!(issuer.requests().is_empty(), "{:?}", issuer.requests());
}

#[tokio::test]
async fn concurrent_requests_fetch_keys_once() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let mut claims = issuer.claims();
        claims["jti"] = json!(number);
        let (service, token) = (service.clone(), key.sign(&claims));
        tasks.spawn(async move { bearer(&service, &token).await.status });
    }
    while let Some(status) = tasks.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(issuer.count("/jwks"), 1);
}

#[tokio::test]
async fn without_keys_nothing_is_decided() {
    let key = Key::p256("1");
    let good = json!({ "keys": [key.jwk()] }).to_string();
    let large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(70_000));
    for (status, body) in [
        (404, good.as_str()),
        (500, ""),
        (302, ""),
        (204, ""),
        (200, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, "{}"),
        (200, "null"),
        (200, r#"{"keys":null}"#),
        (200, r#"{"keys":{}}"#),
        (200, r#"{"keys":"x"}"#),
        (200, large.as_str()),
    ] {
        let issuer = Issuer::with_keys(&[]).await;
        issuer.respond("/jwks", status, body);
        let service = service(auth(&issuer));
        let answer = bearer(&service, &key.sign(&issuer.claims())).await;
        let shown = &body[..body.len().min(30)];
        assert_eq!(answer.status, 503, "{status} {shown}: {answer:?}");
        assert_eq!(answer.headers["retry-after"], "5");
        assert!(answer.challenge().is_empty());
        // A failure is not repeated at once.
        let requests = issuer.requests().len();
        assert_eq!(bearer(&service, &key.sign(&issuer.claims())).await.status, 503);
        assert_eq!(issuer.requests().len(), requests);
    }
}

#[tokio::test]
async fn keys_that_cannot_sign_are_left_out() {
    let (key, other) = (Key::p256("1"), Key::p256("2"));
    let with = |name: &str, value: serde_json::Value| {
        let mut jwk = other.jwk();
        jwk[name] = value;
        jwk
    };
    let malformed = [
        json!(null),
        json!(1),
        json!("key"),
        json!([]),
        json!({}),
        json!({ "kty": 1 }),
        json!({ "kty": "oct", "k": "AAAA", "kid": "2" }),
        json!({ "kty": "RSA", "kid": "2" }),
        json!({ "kty": "RSA", "kid": "2", "n": "AQAB", "e": "AQAB" }),
        json!({ "kty": "RSA", "kid": "2", "n": "!", "e": "AQAB" }),
        json!({ "kty": "EC", "crv": "P-256", "kid": "2" }),
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "2", "x": "AA" }),
        json!({ "kty": "OKP", "crv": "X25519", "kid": "2", "x": "AA" }),
        with("use", json!("enc")),
        with("key_ops", json!(["sign"])),
        with("alg", json!("ES384")),
        with("alg", json!("HS256")),
        with("crv", json!("P-384")),
        with("crv", json!("secp256k1")),
        with("x", json!("AAAA")),
        with("y", other.jwk()["x"].clone()),
        with("d", json!("AAAA")),
        with("kid", json!(2)),
    ];
    let issuer = Issuer::with_keys(&[]).await;
    let mut keys = malformed.to_vec();
    keys.push(key.jwk());
    issuer.publish("/jwks", &json!({ "keys": keys }));
    let service = service(auth(&issuer));
    assert_eq!(bearer(&service, &key.sign(&issuer.claims())).await.status, 200);
    assert_eq!(bearer(&service, &other.sign(&issuer.claims())).await.status, 401);
}

#[tokio::test]
async fn metadata_is_found_in_every_form_and_has_to_name_the_issuer() {
    let key = Key::p256("1");
    for (path, well_known, works) in [
        ("", "/.well-known/oauth-authorization-server", true),
        ("", "/.well-known/openid-configuration", true),
        ("/realms/a", "/.well-known/oauth-authorization-server/realms/a", true),
        ("/realms/a", "/.well-known/openid-configuration/realms/a", true),
        ("/realms/a", "/realms/a/.well-known/openid-configuration", true),
        ("/realms/a", "/.well-known/oauth-authorization-server", false),
    ] {
        for (suffix, works) in [("", works), ("/", false), ("x", false)] {
            let mut issuer = Issuer::start().await;
            issuer.publish_keys(&[&key]);
            let keys = format!("{}/jwks", issuer.url);
            issuer.url = format!("{}{path}", issuer.url);
            let named = format!("{}{suffix}", issuer.url);
            issuer.publish(well_known, &json!({ "issuer": named, "jwks_uri": keys }));
            let answer = bearer(&service(auth(&issuer)), &key.sign(&issuer.claims())).await;
            assert_eq!(answer.status == 200, works, "{path} {well_known} {suffix}: {answer:?}");
        }
    }
    // Metadata does not lead to other machines.
    for keys in
        ["http://10.0.0.1/jwks", "https://169.254.169.254/", "file:///etc/passwd", "", "//x"]
    {
        let issuer = Issuer::start().await;
        let metadata = json!({ "issuer": issuer.url, "jwks_uri": keys });
        issuer.publish("/.well-known/oauth-authorization-server", &metadata);
        let answer = bearer(&service(auth(&issuer)), &key.sign(&issuer.claims())).await;
        assert_eq!(answer.status, 503, "{keys}");
    }
}
