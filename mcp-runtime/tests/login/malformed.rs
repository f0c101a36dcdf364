//! Malformed challenges, metadata documents and responses: each one ends the login with an error that names
//! what was expected and what came.

use std::sync::Arc;

use mcp_runtime::client::auth::{AuthError, AuthErrorKind, Login};
use mcp_runtime::client::{Client, Error};
use serde_json::{Value, json};

use crate::protected::Protected;
use crate::trickle::{HttpServer, Reply};

/// The login at a server that answers every request by one response, and every GET by another.
async fn refused(
    challenge: &str,
    get: impl Fn(&str) -> Reply + Send + Sync + 'static,
) -> AuthError {
    let challenge = challenge.to_owned();
    let server = HttpServer::start(move |request| match &*request.method {
        "GET" => get(&request.path),
        _ => Reply::status(401).with("www-authenticate", &challenge),
    });
    let server = server.await;
    let login = Login::headless(|_| async { Err::<String, _>("the login went on") });
    match Client::http(&server.url).login(login).connect().await {
        Err(Error::Auth(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn check(error: &AuthError, kinds: &[AuthErrorKind], parts: &[&str], input: &str) {
    let text = error.to_string();
    assert!(kinds.contains(&error.kind), "{input}: {:?} {text}", error.kind);
    for part in parts {
        assert!(text.contains(part), "{input}: expected `{part}` in: {text}");
    }
    assert!(!text.contains(char::is_control) && text.len() < 700, "{input}: {text}");
}

#[tokio::test]
async fn malformed_challenges_leave_the_well_known_urls() {
    // Without metadata at any place, the server is one of 2025-03-26: the login begins there.
    let long = format!("Bearer {}", "a=b, ".repeat(4_000));
    for challenge in [
        "",
        " ",
        ",",
        ",,,,",
        "=",
        "\"",
        "\"\\",
        "Bearer =",
        "Bearer a",
        "Bearer a=",
        "Bearer a=\"",
        "Bearer a=\"b",
        "Bearer a=\"b\\",
        "Bearer ,=,=,",
        "Bearer scope",
        "Bearer scope=",
        "Bearer scope=\"\"",
        "Bearer error=invalid_token error",
        "Bearer resource_metadata",
        "Bearer realm=\"x\" resource_metadata",
        "Basic",
        "Basic realm",
        "Negotiate YWJj==",
        "{\"error\":\"invalid_token\"}",
        "<html>",
        "Bearer \u{e9}=\"\u{e9}\"",
        "DPoP algs=",
        "DPoP algs=\"none\"",
        long.as_str(),
    ] {
        let error = refused(challenge, |_| Reply::status(404)).await;
        let kinds = [AuthErrorKind::Interaction, AuthErrorKind::Registration];
        check(&error, &kinds, &[], challenge);
    }
    // A URL that is named is not replaced by another one.
    for (named, shown) in [
        ("", "got ``"),
        ("x", "got `x`"),
        ("/relative", "got `/relative`"),
        ("//host/x", "got `//host/x`"),
        ("https://", "got `https://`"),
        ("https://[::1", "got `https://[::1`"),
        ("http://a.example/x", "http"),
        ("https://10.0.0.1/x", "private network"),
        ("https://169.254.169.254/x", "link-local"),
        ("https://user@a.example/x", "user name"),
        ("file:///etc/passwd", "scheme"),
        ("data:application/json,{}", "scheme"),
        ("javascript:1", "scheme"),
    ] {
        let challenge = format!("Bearer resource_metadata=\"{named}\"");
        let error = refused(&challenge, |_| Reply::status(404)).await;
        check(&error, &[AuthErrorKind::Discovery], &[shown], &challenge);
    }
}

#[tokio::test]
async fn malformed_metadata_of_a_server_is_named() {
    let deep = "[".repeat(50_000);
    let large = format!("{{\"resource\":\"{}\"}}", "x".repeat(70_000));
    let other = [AuthErrorKind::ResourceMismatch];
    let malformed = [AuthErrorKind::Discovery];
    let well_known = "/.well-known/oauth-protected-resource/mcp";
    let not_json = &[well_known, "not JSON"][..];
    let object = &[well_known, "expected an object"][..];
    let member = &[well_known, "`resource`", "expected a string"][..];
    let servers = &["names no authorization server", "`authorization_servers`", "expected"][..];
    let none = &["names no authorization server"][..];
    let issuer = &["expected a URL as the issuer", "got `"][..];
    let with = |servers: &str| {
        format!("{{\"resource\":\"RESOURCE\",\"authorization_servers\":{servers}}}")
    };
    for (document, kinds, parts) in [
        ("".to_owned(), &malformed, not_json),
        ("{".to_owned(), &malformed, not_json),
        ("<html>".to_owned(), &malformed, not_json),
        ("{'resource':'x'}".to_owned(), &malformed, not_json),
        ("{\"resource\":\"x\"} x".to_owned(), &malformed, not_json),
        ("\u{feff}{}".to_owned(), &malformed, not_json),
        ("{\"resource\":\"\\ud800\"}".to_owned(), &malformed, &[well_known, "`resource`"]),
        (deep, &malformed, not_json),
        (large, &malformed, &["too large"]),
        ("[]".to_owned(), &malformed, object),
        ("null".to_owned(), &malformed, object),
        ("7".to_owned(), &malformed, object),
        ("\"x\"".to_owned(), &malformed, object),
        ("true".to_owned(), &malformed, object),
        ("[\"resource\"]".to_owned(), &malformed, object),
        ("{}".to_owned(), &malformed, &[well_known, "`resource`"]),
        ("{\"Resource\":\"RESOURCE\"}".to_owned(), &malformed, &["`resource`"]),
        ("{\"resource\":7}".to_owned(), &malformed, member),
        ("{\"resource\":null}".to_owned(), &malformed, member),
        ("{\"resource\":[\"RESOURCE\"]}".to_owned(), &malformed, member),
        ("{\"resource\":{}}".to_owned(), &malformed, member),
        ("{\"resource\":\"RESOURCE\",\"resource\":\"x\"}".to_owned(), &malformed, &["duplicate"]),
        ("{\"resource\":\"\"}".to_owned(), &other, &["got metadata of ``"]),
        ("{\"resource\":\"x\"}".to_owned(), &other, &["got metadata of `x`"]),
        ("{\"resource\":\"https://evil.example/mcp\"}".to_owned(), &other, &["evil.example"]),
        ("{\"resource\":\"RESOURCE/below\"}".to_owned(), &other, &["/below"]),
        ("{\"resource\":\"RESOURCE#x\"}".to_owned(), &other, &["#x"]),
        ("{\"resource\":\"RESOURCE?x\"}".to_owned(), &other, &["?x"]),
        ("{\"resource\":\"RESOURCE\\r\\nx: y\"}".to_owned(), &other, &["expected metadata of"]),
        ("{\"resource\":\"RESOURCE\"}".to_owned(), &malformed, none),
        (with("null"), &malformed, none),
        (with("[]"), &malformed, none),
        (with("\"https://a.example\""), &malformed, servers),
        (with("7"), &malformed, servers),
        (with("{}"), &malformed, servers),
        (with("[7]"), &malformed, servers),
        (with("[null]"), &malformed, servers),
        (with("[\"https://a.example\", 7]"), &malformed, servers),
        (with("[\"\"]"), &malformed, issuer),
        (with("[\"x\"]"), &malformed, issuer),
        (with("[\"//a.example\"]"), &malformed, issuer),
        (with("[\"https://a.example?x\"]"), &malformed, issuer),
        (with("[\"https://a.example#x\"]"), &malformed, issuer),
        (with("[\"file:///etc\"]"), &malformed, &["scheme"]),
        (with("[\"https://[fe80::1]\"]"), &malformed, &["link-local"]),
    ] {
        let shown: String = document.chars().take(80).collect();
        let server = Arc::new(std::sync::OnceLock::<String>::new());
        let named = Arc::clone(&server);
        let http = HttpServer::start(move |request| match &*request.method {
            "GET" => {
                let resource = named.get().map(String::as_str).unwrap_or_default();
                Reply::new(200, "application/json", document.replace("RESOURCE", resource))
            }
            _ => Reply::status(401).with("www-authenticate", "Bearer"),
        });
        let http = http.await;
        server.set(http.url.clone()).unwrap();
        let login = Login::headless(|_| async { Err::<String, _>("the login went on") });
        let connected = Client::http(&http.url).login(login).connect().await;
        let Err(Error::Auth(error)) = connected else { panic!("{shown}: it connected") };
        check(&error, &kinds[..], parts, &shown);
    }
}

#[tokio::test]
async fn malformed_metadata_of_an_authorization_server_is_named() {
    let server = Protected::start().await;
    let original = Arc::new(std::sync::Mutex::new(Value::Null));
    let kept = Arc::clone(&original);
    server.auth.metadata(|metadata| *kept.lock().unwrap() = metadata.clone());
    let original = original.lock().unwrap().clone();
    let (unsupported, discovery) = (AuthErrorKind::Unsupported, AuthErrorKind::Discovery);
    let mut cases: Vec<(&str, Value, AuthErrorKind, Vec<&str>)> = Vec::new();
    for value in [json!(null), json!(7), json!([]), json!({}), json!(true)] {
        cases.push(("issuer", value, discovery, vec!["`issuer`", "expected a string"]));
    }
    for value in ["", "x", "https://evil.example", "ISSUER/", "HTTP://127.0.0.1"] {
        let parts = vec!["expected metadata of the issuer", "got metadata of"];
        cases.push(("issuer", json!(value), AuthErrorKind::IssuerMismatch, parts));
    }
    let pkce = "code_challenge_methods_supported";
    for value in [json!("S256"), json!(7), json!({}), json!([7]), json!([null]), json!(true)] {
        cases.push((pkce, value, unsupported, vec!["S256", pkce, "expected a"]));
    }
    for value in [json!(null), json!([]), json!(["plain"]), json!(["s256"]), json!([""])] {
        cases.push((pkce, value, unsupported, vec!["S256", pkce]));
    }
    for member in ["authorization_endpoint", "token_endpoint"] {
        cases.push((member, json!(null), unsupported, vec![member]));
        for value in [json!(7), json!([]), json!({}), json!(["https://a.example"]), json!(true)] {
            cases.push((member, value, unsupported, vec![member, "expected a string, got"]));
        }
        for value in ["", "x", "/authorize", "//a.example/x", "https://", "https://[::1"] {
            cases.push((
                member,
                json!(value),
                discovery,
                vec!["expected a URL as", member, "got `"],
            ));
        }
    }
    for value in ["http://a.example/x", "javascript:1", "file:///x", "data:,x"] {
        cases.push(("authorization_endpoint", json!(value), discovery, vec!["of https", "got `"]));
    }
    for value in ["http://a.example/x", "https://10.0.0.1/x", "file:///x", "https://u:p@a.example/"]
    {
        let parts = vec!["may not be reached"];
        cases.push(("token_endpoint", json!(value), AuthErrorKind::Token, parts.clone()));
        cases.push(("registration_endpoint", json!(value), AuthErrorKind::Registration, parts));
    }
    for value in ["", "x", "/register"] {
        let parts = vec!["expected a URL as `registration_endpoint`"];
        cases.push(("registration_endpoint", json!(value), discovery, parts));
    }
    assert!(cases.len() >= 50, "{}", cases.len());
    for (member, value, kind, parts) in cases {
        let input = format!("{member}: {value}");
        server.auth.metadata(|metadata| {
            *metadata = original.clone();
            metadata[member] = match value.as_str() {
                Some(text) => json!(text.replace("ISSUER", server.auth.issuer())),
                None => value.clone(),
            };
        });
        let error = server.refused(server.auth.login()).await;
        check(&error, &[kind], &parts, &input);
    }
}

#[tokio::test]
async fn malformed_responses_of_an_authorization_server_are_named() {
    let server = Protected::start().await;
    for (status, answer) in [
        (201, json!(null)),
        (201, json!("x")),
        (201, json!({ "client_id": null })),
        (201, json!({ "client_id": 7 })),
        (201, json!({ "client_id": ["a"] })),
        (201, json!({ "client_id": "a", "client_secret": 7 })),
        (200, json!([])),
        (302, json!({ "client_id": "a" })),
        (400, json!("x")),
        (400, json!({ "error": 7 })),
        (400, json!({ "error": "a\r\nb", "error_description": "c\u{0}d" })),
        (500, json!({})),
    ] {
        server.auth.answer_next("/register", status, answer.clone());
        let error = server.refused(server.auth.login()).await;
        let part = match answer["error"].as_str() {
            Some(_) => "the authorization server answers",
            None => "regist",
        };
        check(&error, &[AuthErrorKind::Registration], &[part], &answer.to_string());
    }
    for redirect in [
        "",
        "x",
        "http://127.0.0.1:3117/callback",
        "http://127.0.0.1:3117/callback?",
        "http://127.0.0.1:3117/callback?code",
        "http://127.0.0.1:3117/callback?code=c",
        "http://127.0.0.1:3117/callback?state=s&code=c",
        "http://127.0.0.1:3117/callback#code=c&state=s",
        "http://127.0.0.1:3117/callback?code=%ff&state=%ff",
        "http://127.0.0.1:3117/other?code=c&state=s",
        "https://127.0.0.1:3117/callback?code=c&state=s",
        "javascript:alert(1)",
    ] {
        let login = Login::headless(move |_| async move { Ok::<_, String>(redirect.to_owned()) });
        let error = server.refused(login).await;
        check(&error, &[AuthErrorKind::Authorization], &["expected"], redirect);
    }
    assert_eq!(server.asked("/token"), 0);
}
