//! Malformed metadata of an issuer, and malformed key sets: no token is accepted, none is refused as invalid, and
//! no other machine is asked.

use serde_json::json;

use crate::issuer::Issuer;
use crate::keys::{Key, encode};
use crate::site::{auth, bearer, service};

const METADATA: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";

/// Documents that are no metadata of the issuer. `ISSUER` stands for it.
fn metadata() -> Vec<String> {
    let mut documents: Vec<String> = [
        "",
        " ",
        "{",
        "}",
        "null",
        "true",
        "7",
        "\"ISSUER\"",
        "[]",
        "{}",
        "<html></html>",
        "{'issuer':'ISSUER'}",
        r#"["ISSUER","ISSUER/jwks"]"#,
        r#"[{"issuer":"ISSUER","jwks_uri":"ISSUER/jwks"}]"#,
        r#"{"issuer":"ISSUER","jwks_uri":"ISSUER/jwks"} x"#,
        r#"{"issuer":"ISSUER","jwks_uri":"ISSUER/jwks""#,
        r#"{"issuer":"ISSUER","issuer":"ISSUER","jwks_uri":"ISSUER/jwks"}"#,
        r#"{"issuer":"ISSUER","jwks_uri":"ISSUER/jwks","jwks_uri":"ISSUER/jwks"}"#,
        r#"{"Issuer":"ISSUER","jwks_uri":"ISSUER/jwks"}"#,
        r#"{"jwks_uri":"ISSUER/jwks"}"#,
        r#"{"issuer":"ISSUER"}"#,
        r#"{"issuer":"\ud800","jwks_uri":"ISSUER/jwks"}"#,
    ]
    .map(str::to_owned)
    .into();
    for issuer in
        ["null", "7", "[]", "{}", "\"\"", "\"ISSUER/\"", "\"https://evil.example\"", "[\"ISSUER\"]"]
    {
        documents.push(format!(r#"{{"issuer":{issuer},"jwks_uri":"ISSUER/jwks"}}"#));
    }
    for keys in [
        "null",
        "7",
        "[]",
        "{}",
        "\"\"",
        "\"jwks\"",
        "\"/jwks\"",
        "\"//x\"",
        "[\"ISSUER/jwks\"]",
        "\"https://\"",
        "\"https://[::1\"",
        "\"http://a.example/\"",
        "\"file:///etc/passwd\"",
        "\"data:,{}\"",
        "\"https://10.0.0.1/\"",
        "\"https://[::ffff:10.0.0.1]/\"",
        "\"https://169.254.169.254/\"",
        "\"https://user@a.example/\"",
        "\"javascript:1\"",
    ] {
        documents.push(format!(r#"{{"issuer":"ISSUER","jwks_uri":{keys}}}"#));
    }
    documents.push("[".repeat(60_000));
    documents.push(format!(
        r#"{{"issuer":"ISSUER","jwks_uri":"ISSUER/jwks","x":"{}"}}"#,
        "x".repeat(70_000)
    ));
    documents
}

#[tokio::test]
async fn malformed_metadata_of_an_issuer_verifies_nothing() {
    let key = Key::p256("1");
    let documents = metadata();
    assert!(documents.len() >= 50, "{}", documents.len());
    for document in documents {
        let shown: String = document.chars().take(80).collect();
        let issuer = Issuer::start().await;
        issuer.publish_keys(&[&key]);
        issuer.respond(METADATA, 200, &document.replace("ISSUER", &issuer.url));
        let answer = bearer(&service(auth(&issuer)), &key.sign(&issuer.claims())).await;
        assert_eq!(answer.status, 503, "{shown}: {answer:?}");
        assert_eq!(answer.headers["retry-after"], "5", "{shown}");
        assert!(answer.challenge().is_empty(), "{shown}");
        assert_eq!(issuer.count("/jwks"), 0, "{shown}");
    }
    // A page in place of a document does not hide the document at the next place.
    for (status, page) in [(200, "<html>"), (200, "{}"), (404, ""), (500, ""), (302, "")] {
        let issuer = Issuer::with_keys(&[&key]).await;
        let good = json!({ "issuer": issuer.url, "jwks_uri": format!("{}/jwks", issuer.url) });
        issuer.respond(METADATA, status, page);
        issuer.publish(OPENID, &good);
        let answer = bearer(&service(auth(&issuer)), &key.sign(&issuer.claims())).await;
        assert_eq!(answer.status, 200, "{status} {page}: {answer:?}");
    }
}

#[tokio::test]
async fn malformed_key_sets_verify_nothing() {
    let key = Key::p256("1");
    let good = key.jwk();
    let (x, y) = (good["x"].as_str().unwrap(), good["y"].as_str().unwrap());
    let with = |name: &str, value: serde_json::Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        json!({ "keys": [jwk] }).to_string()
    };
    for (set, status) in [
        ("".to_owned(), 503),
        ("[]".to_owned(), 503),
        (good.to_string(), 503),
        (json!([good]).to_string(), 503),
        (json!({ "keys": good }).to_string(), 503),
        (json!({ "Keys": [good] }).to_string(), 503),
        (format!("{} x", json!({ "keys": [good] })), 503),
        (json!({ "keys": [] }).to_string(), 401),
        (json!({ "keys": [[good]] }).to_string(), 401),
        (json!({ "keys": [good.to_string()] }).to_string(), 401),
        (json!({ "keys": [["EC", "1", "sig", null, null, "P-256", null, null, x, y, null, null]] }).to_string(), 401),
        (with("kty", json!("ec")), 401),
        (with("kty", json!("RSA")), 401),
        (with("crv", json!("p-256")), 401),
        (with("crv", json!("P-256K")), 401),
        (with("x", json!(format!("{x}="))), 401),
        (with("x", json!(encode([0; 31]))), 401),
        (with("x", json!(encode([0; 33]))), 401),
        (with("x", json!(encode([0xff; 32]))), 401),
        (with("y", json!(encode([0; 32]))), 401),
        (with("y", json!(null)), 401),
        (with("y", json!([1, 2])), 401),
        (with("use", json!("sign")), 401),
        (with("use", json!(7)), 401),
        (with("key_ops", json!([])), 401),
        (with("key_ops", json!("verify")), 401),
        (with("alg", json!("none")), 401),
        (with("alg", json!("ES512")), 401),
        (with("alg", json!(7)), 401),
        (with("d", json!("")), 401),
        (with("kid", json!("2")), 401),
        (with("kid", json!([])), 401),
    ] {
        let issuer = Issuer::with_keys(&[]).await;
        issuer.respond("/jwks", 200, &set);
        let token = key.sign(&issuer.claims());
        let answer = bearer(&service(auth(&issuer)), &token).await;
        assert_eq!(answer.status, status, "{set}: {answer:?}");
        let is_challenged = answer.challenge().contains("error=\"invalid_token\"");
        assert_eq!(is_challenged, status == 401, "{set}: {answer:?}");
    }
}

#[tokio::test]
async fn a_header_of_a_token_is_an_object() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    for header in [json!(["ES256", "1", null, null, null]), json!([{ "alg": "ES256" }])] {
        let mut token = key.sign_with(&header, &issuer.claims());
        assert_eq!(bearer(&service, &token).await.status, 401, "{header}");
        token.push('A');
        assert_eq!(bearer(&service, &token).await.status, 401, "{header}");
    }
}
