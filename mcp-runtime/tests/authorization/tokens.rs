//! JSON Web Tokens: those that are accepted, and those that are not.

use mcp_runtime::authorization::Algorithm;
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::{Key, encode};
use crate::site::{RESOURCE, auth, bearer, call, now, send, service};

const METADATA: &str = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp";

#[tokio::test]
async fn a_token_of_the_issuer_stands_for_its_principal() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    let mut claims = issuer.claims();
    claims["email"] = json!("ann@example.com");
    let who = bearer(&service, &key.sign(&claims)).await.who();
    let expected = json!({
        "subject": "ann",
        "issuer": issuer.url,
        "client": "app",
        "scopes": ["files:read", "files:write"],
        "expires": true,
        "email": "ann@example.com",
        "leaks": false,
    });
    assert_eq!(who, expected);
    // Schemes have no case.
    let token = key.sign(&claims);
    let answer = send(&service, call().header("authorization", format!("bEARER  {token}"))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn every_algorithm_of_the_list_is_verified() {
    let keys = [Key::rsa("r"), Key::p256("p"), Key::p384("q"), Key::edwards("e")];
    let issuer = Issuer::with_keys(&keys.iter().collect::<Vec<_>>()).await;
    let service = service(auth(&issuer));
    let header = |key: &Key, algorithm: &str| json!({ "alg": algorithm, "kid": key.kid });
    for (key, algorithm) in [
        (0, "RS256"),
        (0, "RS384"),
        (0, "RS512"),
        (1, "ES256"),
        (2, "ES384"),
        (3, "EdDSA"),
        (3, "Ed25519"),
    ] {
        let key = &keys[key];
        let token = key.sign_with(&header(key, algorithm), &issuer.claims());
        assert_eq!(bearer(&service, &token).await.status, 200, "{algorithm}");
        // One bit of the signature.
        let broken = match token.as_bytes()[token.len() - 10] {
            b'A' => format!("{}B{}", &token[..token.len() - 10], &token[token.len() - 9..]),
            _ => format!("{}A{}", &token[..token.len() - 10], &token[token.len() - 9..]),
        };
        assert_eq!(bearer(&service, &broken).await.status, 401, "{algorithm}");
    }
    let narrow = crate::site::service(auth(&issuer).algorithms([Algorithm::Es256]));
    let status =
        async |key: usize| bearer(&narrow, &keys[key].sign(&issuer.claims())).await.status.as_u16();
    assert_eq!([status(0).await, status(1).await, status(3).await], [401, 200, 401]);
}

/// Changes claims.
type Change = fn(&mut Value);

#[tokio::test]
async fn claims_are_checked() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    let remove = |claims: &mut Value, name: &str| {
        claims.as_object_mut().unwrap().remove(name);
    };
    let accepted: [(&str, Change); 8] = [
        ("audiences", |it| it["aud"] = json!(["https://other.example.com", RESOURCE])),
        ("a fraction", |it| it["exp"] = json!(now() as f64 + 600.5)),
        ("within skew", |it| it["exp"] = json!(now() - 30)),
        ("nbf within skew", |it| it["nbf"] = json!(now() + 30)),
        ("scopes as array", |it| it["scope"] = json!(["a", "b"])),
        ("scp", |it| it["scp"] = json!("a")),
        ("no scopes", |it| it["scope"] = json!("")),
        ("far future", |it| it["exp"] = json!(i64::MAX)),
    ];
    for (name, change) in accepted {
        let mut claims = issuer.claims();
        change(&mut claims);
        let answer = bearer(&service, &key.sign(&claims)).await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
    }
    let refused: [(&str, Change); 22] = [
        ("expired", |it| it["exp"] = json!(now() - 120)),
        ("exp as string", |it| it["exp"] = json!((now() + 600).to_string())),
        ("exp null", |it| it["exp"] = json!(null)),
        ("exp negative", |it| it["exp"] = json!(-1)),
        ("exp tiny", |it| it["exp"] = json!(-1e300)),
        ("not yet", |it| it["nbf"] = json!(now() + 600)),
        ("nbf as string", |it| it["nbf"] = json!("0")),
        ("iat as string", |it| it["iat"] = json!("0")),
        ("other issuer", |it| it["iss"] = json!("https://evil.example.com")),
        ("issuer with slash", |it| it["iss"] = json!(format!("{}/", it["iss"].as_str().unwrap()))),
        ("issuers", |it| it["iss"] = json!([it["iss"].clone()])),
        ("other audience", |it| it["aud"] = json!("https://other.example.com/mcp")),
        ("audience below", |it| it["aud"] = json!(format!("{RESOURCE}/x"))),
        ("audience above", |it| it["aud"] = json!("https://mcp.example.com")),
        ("audience with slash", |it| it["aud"] = json!(format!("{RESOURCE}/"))),
        ("no audiences", |it| it["aud"] = json!([])),
        ("audience of another type", |it| it["aud"] = json!({ RESOURCE: true })),
        ("mixed audiences", |it| it["aud"] = json!([RESOURCE, 1])),
        ("subject of another type", |it| it["sub"] = json!(1)),
        ("empty subject", |it| it["sub"] = json!("")),
        ("client of another type", |it| it["client_id"] = json!(1)),
        ("scopes of another type", |it| it["scope"] = json!({ "a": 1 })),
    ];
    for (name, change) in refused {
        let mut claims = issuer.claims();
        change(&mut claims);
        refuse(&service, &key.sign(&claims), name).await;
    }
    for name in ["exp", "iss", "aud"] {
        let mut claims = issuer.claims();
        remove(&mut claims, name);
        refuse(&service, &key.sign(&claims), name).await;
    }
    // Without a subject a client acts for itself.
    let mut claims = issuer.claims();
    remove(&mut claims, "sub");
    assert_eq!(bearer(&service, &key.sign(&claims)).await.who()["subject"], "app");
    remove(&mut claims, "client_id");
    refuse(&service, &key.sign(&claims), "nobody").await;
}

async fn refuse(service: &mcp_runtime::http::McpService, token: &str, name: &str) {
    let answer = bearer(service, token).await;
    assert_eq!(answer.status, 401, "{name}: {answer:?}");
    let challenge = answer.challenge();
    assert!(challenge.starts_with(r#"Bearer error="invalid_token""#), "{name}: {challenge}");
    assert!(challenge.contains(&format!(r#"resource_metadata="{METADATA}""#)), "{challenge}");
    assert!(!answer.body.contains(token) && !challenge.contains(token));
}

#[tokio::test]
async fn headers_of_tokens_are_checked() {
    let (key, other) = (Key::p256("1"), Key::p256("1"));
    let rsa = Key::rsa("r");
    let issuer = Issuer::with_keys(&[&key, &rsa]).await;
    let service = service(auth(&issuer));
    let claims = issuer.claims();
    let sign = |header: Value| key.sign_with(&header, &claims);
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"] {
        let token = sign(json!({ "alg": "ES256", "kid": "1", "typ": typ }));
        assert_eq!(bearer(&service, &token).await.status, 200, "{typ}");
    }
    for typ in ["dpop+jwt", "oauth-id-jag+jwt", "logout+jwt", "secevent+jwt", "id_token", ""] {
        refuse(&service, &sign(json!({ "alg": "ES256", "kid": "1", "typ": typ })), typ).await;
    }
    // A signature by HMAC whose secret is the public key.
    let public = key.jwk().to_string();
    for algorithm in
        ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "PS256", "ES512"]
    {
        let mut token = sign(json!({ "alg": algorithm, "kid": "1" }));
        refuse(&service, &token, algorithm).await;
        let signed = token.rsplit_once('.').unwrap().0.to_owned();
        token = format!("{signed}.");
        refuse(&service, &token, algorithm).await;
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
        let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
        refuse(&service, &format!("{signed}.{}", encode(tag)), algorithm).await;
    }
    // An algorithm of another kind of key.
    for algorithm in ["RS256", "ES384", "EdDSA"] {
        refuse(&service, &sign(json!({ "alg": algorithm, "kid": "1" })), algorithm).await;
    }
    refuse(&service, &other.sign(&claims), "a key of the same name").await;
    let with_key = json!({ "alg": "ES256", "kid": "1", "jwk": other.bare_jwk() });
    refuse(&service, &other.sign_with(&with_key, &claims), "a key in the token").await;
    let critical = json!({ "alg": "ES256", "kid": "1", "crit": ["x"], "x": 1 });
    refuse(&service, &sign(critical), "a critical extension").await;
    let unencoded = json!({ "alg": "ES256", "kid": "1", "crit": ["b64"], "b64": false });
    refuse(&service, &sign(unencoded), "b64").await;
    // Without `kid`, every key is tried.
    assert_eq!(bearer(&service, &sign(json!({ "alg": "ES256" }))).await.status, 200);
    let token = rsa.sign_with(&json!({ "alg": "RS256" }), &claims);
    assert_eq!(bearer(&service, &token).await.status, 200);
    refuse(&service, &other.sign_with(&json!({ "alg": "ES256" }), &claims), "another key").await;
}

#[tokio::test]
async fn tokens_are_taken_from_the_header_only() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer).required_scopes(["files:read"]));
    let token = key.sign(&issuer.claims());
    let answer = send(&service, call().uri(format!("/mcp?access_token={token}"))).await;
    assert_eq!(answer.status, 401);
    // Without credentials there is no error in the challenge.
    let expected = format!(r#"Bearer scope="files:read", resource_metadata="{METADATA}""#);
    assert_eq!(answer.challenge(), expected);
    for name in ["cookie", "x-access-token", "proxy-authorization"] {
        let answer = send(&service, call().header(name, format!("Bearer {token}"))).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    let answer = send(&service, call().header("authorization", "Basic YTpi")).await;
    assert_eq!((answer.status.as_u16(), answer.challenge()), (401, expected));
    // A principal of a layer does not replace the token.
    let layered = call().extension(mcp_runtime::Principal::new("eve"));
    assert_eq!(send(&service, layered).await.status, 401);
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer).required_scopes(["files:read", "files:admin"]));
    let answer = bearer(&service, &key.sign(&issuer.claims())).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    let challenge = answer.challenge();
    assert!(challenge.starts_with(r#"Bearer error="insufficient_scope""#), "{challenge}");
    assert!(challenge.contains(r#"scope="files:read files:admin""#), "{challenge}");
    assert!(challenge.contains(METADATA), "{challenge}");
}

#[tokio::test]
async fn a_verified_token_is_remembered_until_it_expires() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer).clock_skew(std::time::Duration::ZERO));
    let mut claims = issuer.claims();
    claims["exp"] = json!(now() + 2);
    let token = key.sign(&claims);
    assert_eq!(bearer(&service, &token).await.status, 200);
    // The clock of tokens is the real one.
    while now() < claims["exp"].as_i64().unwrap() {
        tokio::task::yield_now().await;
    }
    refuse(&service, &token, "expired").await;
}

#[tokio::test]
async fn the_library_for_tokens_can_be_used_beside_it() {
    use jsonwebtoken::{EncodingKey, Header};
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    let header =
        Header { kid: Some("1".to_owned()), ..Header::new(jsonwebtoken::Algorithm::HS256) };
    let token =
        jsonwebtoken::encode(&header, &issuer.claims(), &EncodingKey::from_secret(b"secret"))
            .unwrap();
    refuse(&service, &token, "HMAC").await;
}
