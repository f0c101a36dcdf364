//! Who may reach the server.

use mcp_runtime::http::HttpConfig;
use serde_json::json;

use crate::client::Draft;
use crate::site::mounted_with;

async fn check(config: &HttpConfig, host: &str, origin: Option<&str>, status: u16) {
    let site = mounted_with(config.clone());
    for draft in [Draft::modern("server/discover", json!({})), Draft::new("GET"), Draft::new("PUT")]
    {
        let draft = draft.with("host", host);
        let draft = origin.iter().fold(draft, |draft, origin| draft.with("origin", origin));
        let answer = draft.send(&site.service).await;
        let refused = answer.status == 403;
        assert_eq!(refused, status == 403, "{host} {origin:?} {answer:?}");
    }
}

#[tokio::test]
async fn strangers_are_refused_whatever_they_ask() {
    let local = HttpConfig::local();
    check(&local, "localhost:8000", None, 200).await;
    check(&local, "127.0.0.1:8000", Some("http://127.0.0.1:8000"), 200).await;
    check(&local, "evil.example.com", None, 403).await;
    check(&local, "localhost", Some("http://evil.example.com"), 403).await;
    check(&local, "localhost", Some("http://localhost.evil.example.com"), 403).await;
    check(&local, "localhost", Some("http://localhost@evil.example.com"), 403).await;
    check(&local, "localhost", Some("null"), 403).await;
    check(&local, "evil.example.com", Some("http://evil.example.com"), 403).await;
}

#[tokio::test]
async fn one_option_each_lets_others_in() {
    let public = HttpConfig::local().public_hosts(["mcp.example.com"]);
    check(&public, "mcp.example.com", None, 200).await;
    check(&public, "mcp.example.com", Some("https://mcp.example.com"), 200).await;
    check(&public, "mcp.example.com", Some("https://app.example.com"), 403).await;
    let both = public.allowed_origins(["https://app.example.com"]);
    check(&both, "mcp.example.com", Some("https://app.example.com"), 200).await;
    check(&both, "mcp.example.com", Some("http://app.example.com"), 403).await;
}

#[tokio::test]
async fn a_refusal_names_the_option() {
    let site = mounted_with(HttpConfig::local());
    let list = Draft::modern("tools/list", json!({}));
    let answer = list.clone().with("host", "mcp.example.com").send(&site.service).await;
    assert!(answer.body.contains("HttpConfig::public_hosts"), "{answer:?}");
    let answer = list.with("origin", "https://app.example.com").send(&site.service).await;
    assert!(answer.body.contains("HttpConfig::allowed_origins"), "{answer:?}");
}

#[tokio::test]
async fn options_that_name_nothing_are_found_when_the_server_is_built() {
    let config = HttpConfig::local().public_hosts(["https://mcp.example.com"]);
    let (server, _) = crate::site::server(&Default::default(), config);
    let error = server.into_service().unwrap_err();
    assert!(error.to_string().contains("public_hosts"), "{error}");
}
