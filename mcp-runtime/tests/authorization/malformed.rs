//! Malformed headers and tokens: each gets the status and the error of RFC 6750.

use http::HeaderValue;
use serde_json::json;

use crate::issuer::Issuer;
use crate::keys::{Key, encode};
use crate::site::{auth, call, send, service};

#[tokio::test]
async fn malformed_headers_get_400_and_malformed_tokens_401() {
    let key = Key::p256("1");
    let issuer = Issuer::with_keys(&[&key]).await;
    let service = service(auth(&issuer));
    let token = key.sign(&issuer.claims());
    let mut cases = headers(&token);
    cases.extend(tokens(&token));
    // Signed by the right key, with claims that are no object.
    for claims in [json!(null), json!([]), json!(1), json!("x"), json!({})] {
        cases.push((bearer(&key.sign(&claims)), 401));
    }
    assert!(cases.len() >= 80, "{}", cases.len());
    for (value, status) in cases {
        let shown = String::from_utf8_lossy(&value).chars().take(80).collect::<String>();
        let value = HeaderValue::from_bytes(&value).unwrap();
        let answer = send(&service, call().header("authorization", value)).await;
        assert_eq!(answer.status, status, "{shown}: {answer:?}");
        let challenge = answer.challenge();
        assert!(challenge.starts_with("Bearer") || challenge.starts_with("DPoP"), "{challenge}");
        let error = match (status, shown.starts_with("Bearer ")) {
            (400, _) => "error=\"invalid_request\"",
            (401, true) => "error=\"invalid_token\"",
            // Credentials of another scheme are none.
            _ => "resource_metadata",
        };
        assert!(challenge.contains(error), "{shown}: {challenge}");
        assert_eq!(answer.json()["jsonrpc"], "2.0");
    }
    // Several headers are refused even if one of them is right.
    let twice = call()
        .header("authorization", format!("Bearer {token}"))
        .header("authorization", format!("Bearer {token}"));
    assert_eq!(send(&service, twice).await.status, 400);
}

fn bearer(token: &str) -> Vec<u8> {
    format!("Bearer {token}").into_bytes()
}

/// Malformed headers, or such with other credentials, and their statuses.
fn headers(token: &str) -> Vec<(Vec<u8>, u16)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!() };
    let long = "a".repeat(20_000);
    let mut cases: Vec<(Vec<u8>, u16)> = Vec::new();
    for malformed in [
        "Bearer",
        "bearer",
        "Bearer ",
        "Bearer   ",
        "DPoP",
        "DPoP ",
        "Bearer\t",
        "Bearer =",
        "Bearer ==",
        "Bearer a b",
        "Bearer a,b",
        "Bearer a, Bearer b",
        "Bearer \"a\"",
        "Bearer a;b",
        "Bearer a b c",
        "Bearer token=a",
        "Bearer a=b",
        "Bearer <a>",
        "Bearer {}",
        "Bearer [a]",
        "Bearer a\\b",
        "Bearer a%20b",
        "Bearer a?b",
        "Bearer a:b",
        "Bearer a@b",
        "Bearer a*b",
        "Bearer a(b)",
        "Bearer, a",
        "Bearer: a",
        "Bea(rer a",
        ",",
        "\"Bearer\" a",
    ] {
        cases.push((malformed.as_bytes().to_vec(), 400));
    }
    cases.push((bearer(&long), 400));
    cases.push((bearer(&format!("{header}=.{claims}.{signature}")), 400));
    cases.push((b"Bearer \xff".to_vec(), 400));
    cases.push(("Bearer ключ".as_bytes().to_vec(), 400));
    cases.push((b"\xff".to_vec(), 400));
    for without in
        ["", "Basic", "Basic YTpi", "Digest a=b", "Bearertoken", "Negotiate x", "BearerX a"]
    {
        // An empty header has no scheme.
        cases.push((without.as_bytes().to_vec(), if without.is_empty() { 400 } else { 401 }));
    }
    cases
}

/// Tokens that are no JWT.
fn tokens(token: &str) -> Vec<(Vec<u8>, u16)> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!() };
    let deep = encode(format!("{}{}", "[".repeat(2_000), "]".repeat(2_000)));
    let mut cases: Vec<(Vec<u8>, u16)> = Vec::new();
    for invalid in [
        "a",
        "a=",
        "a.b",
        "a.b.c",
        "...",
        "..",
        ".",
        "~",
        "a.b.c.d",
        "a.b.c.d.e",
        "-",
        "+/",
        header,
        &format!("{header}."),
        &format!("{header}.{claims}"),
        &format!("{header}.{claims}."),
        &format!("{header}..{signature}"),
        &format!(".{claims}.{signature}"),
        &format!("{claims}.{header}.{signature}"),
        &format!("{header}.{claims}.{claims}"),
        &format!("{token}=="),
        &format!("{token}."),
        &format!(".{token}"),
        &format!("{token}A"),
        &format!("{header}.{claims}.AAAA"),
        &format!("{deep}.{claims}.{signature}"),
        &format!("{header}.{deep}.{signature}"),
        &format!("{}.{claims}.{signature}", encode("{}")),
        &format!("{}.{claims}.{signature}", encode("null")),
        &format!("{}.{claims}.{signature}", encode("[]")),
        &format!("{}.{claims}.{signature}", encode(r#"{"alg":1}"#)),
        &format!("{}.{claims}.{signature}", encode(r#"{"alg":null}"#)),
        &format!("{}.{claims}.{signature}", encode(r#"{"alg":["ES256"]}"#)),
        &format!("{}.{claims}.{signature}", encode(r#"{"alg":"ES256","alg":"none"}"#)),
        &format!("{}.{claims}.{signature}", encode(r#"{"alg":"ES256","kid":1}"#)),
        &format!("{}.{claims}.{signature}", encode(b"\xff\xfe")),
        &format!("{header}.{}.{signature}", encode("null")),
        &format!("{header}.{}.{signature}", encode("\"x\"")),
        &format!("{header}.{}.{signature}", encode(b"\xff")),
    ] {
        cases.push((bearer(invalid), 401));
    }
    cases
}
