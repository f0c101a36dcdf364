//! Metadata of the server as a protected resource.

use axum::Router;
use http::Request;
use http_body_util::BodyExt as _;
use mcp_runtime::authorization::Auth;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower_service::Service as _;

use crate::site::{self, RESOURCE, call, send};

fn auth() -> Auth<mcp_runtime::authorization::Jwt> {
    Auth::jwt("https://login.example.com")
        .audience(RESOURCE)
        .scopes_supported(["files:read", "files:write"])
        .resource_name("Files")
        .documentation("https://example.com/docs")
}

/// Requests over TCP; returns the status and the body.
async fn get(address: std::net::SocketAddr, method: &str, path: &str, host: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn a_server_that_listens_has_both_forms() {
    let listening = site::Listening::start(auth()).await;
    let address = listening.address;
    let expected = json!({
        "resource": RESOURCE,
        "authorization_servers": ["https://login.example.com"],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["files:read", "files:write"],
        "resource_name": "Files",
        "resource_documentation": "https://example.com/docs",
        "dpop_signing_alg_values_supported": ["RS256", "RS384", "RS512", "ES256", "ES384", "EdDSA"],
    });
    for host in ["localhost", "mcp.example.com"] {
        for path in [
            "/.well-known/oauth-protected-resource",
            "/.well-known/oauth-protected-resource/",
            "/.well-known/oauth-protected-resource/mcp",
        ] {
            let (status, body) = get(address, "GET", path, host).await;
            assert_eq!(status, 200, "{path}: {body}");
            assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), expected);
        }
    }
    for (method, path, status) in [
        ("HEAD", "/.well-known/oauth-protected-resource", 200),
        ("POST", "/.well-known/oauth-protected-resource", 405),
        ("GET", "/.well-known/oauth-protected-resource/other", 404),
        ("GET", "/.well-known/oauth-protected-resourcemcp", 404),
        ("GET", "/x/.well-known/oauth-protected-resource", 404),
        ("GET", "/.well-known/oauth-authorization-server", 404),
        ("GET", "/other", 404),
        ("GET", "/mcp", 401),
        ("POST", "/mcp", 401),
        ("DELETE", "/mcp", 401),
    ] {
        let (got, body) = get(address, method, path, "localhost").await;
        assert_eq!(got, status, "{method} {path}: {body}");
    }
    let (status, _) =
        get(address, "GET", "/.well-known/oauth-protected-resource", "evil.example").await;
    assert_eq!(status, 403);
    listening.end().await;
}

#[tokio::test]
async fn a_router_below_a_prefix_leads_clients_to_it() {
    let resource = "https://example.com/tenants/one/mcp";
    let auth = Auth::jwt("https://login.example.com").audience(resource);
    let service = site::service(auth);
    let metadata = service.protected_resource_metadata().unwrap();
    let mut router: Router = Router::new()
        .route_service("/.well-known/oauth-protected-resource/tenants/one/mcp", metadata)
        .nest_service("/tenants/one/mcp", service.clone());
    let refused = call().uri("/tenants/one/mcp").body(axum::body::Body::empty()).unwrap();
    let refused = router.call(refused).await.unwrap();
    assert_eq!(refused.status(), 401);
    let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
    let url = "https://example.com/.well-known/oauth-protected-resource/tenants/one/mcp";
    assert_eq!(challenge, format!("Bearer resource_metadata=\"{url}\""));
    for path in [
        "/.well-known/oauth-protected-resource/tenants/one/mcp",
        // Also where only the prefix is routed to the service.
        "/tenants/one/mcp/.well-known/oauth-protected-resource",
    ] {
        let request = Request::get(path).header("host", "localhost");
        let response = router.call(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["resource"], resource);
    }
    assert!(site::server().into_service().unwrap().protected_resource_metadata().is_none());
}

#[tokio::test]
async fn the_url_of_metadata_follows_the_resource() {
    for (resource, url) in [
        ("https://example.com", "https://example.com/.well-known/oauth-protected-resource"),
        ("https://example.com/", "https://example.com/.well-known/oauth-protected-resource"),
        ("https://example.com/a/b", "https://example.com/.well-known/oauth-protected-resource/a/b"),
        (
            "https://example.com:8443/a",
            "https://example.com:8443/.well-known/oauth-protected-resource/a",
        ),
        (
            "https://example.com/a?b=c",
            "https://example.com/.well-known/oauth-protected-resource/a?b=c",
        ),
        ("http://localhost:1/mcp", "http://localhost:1/.well-known/oauth-protected-resource/mcp"),
    ] {
        let service = site::service(Auth::jwt("https://login.example.com").audience(resource));
        let answer = send(&service, call()).await;
        assert_eq!(answer.challenge(), format!("Bearer resource_metadata=\"{url}\""));
    }
    let auth = auth().metadata_url("https://example.com/elsewhere");
    let answer = send(&site::service(auth), call()).await;
    assert!(answer.challenge().contains("resource_metadata=\"https://example.com/elsewhere\""));
}

#[test]
fn mistakes_are_reported_when_the_server_is_built() {
    let build = |auth: Auth<mcp_runtime::authorization::Jwt>| {
        site::server().require_auth(auth).into_service().map(drop).unwrap_err().to_string()
    };
    let login = "https://login.example.com";
    for url in
        ["", "x", "http://example.com", "ftp://a", "https://a@b", "https://a/#b", "//a", "https://"]
    {
        let error = build(Auth::jwt(url).audience(RESOURCE));
        assert!(error.contains("Auth::jwt") && error.contains(url), "{url}: {error}");
        let error = build(Auth::jwt(login).audience(url));
        assert!(error.contains("Auth::audience"), "{url}: {error}");
    }
    for scope in ["", "a b", "a\"", "a\\", "é"] {
        let error = build(Auth::jwt(login).audience(RESOURCE).required_scopes([scope]));
        assert!(error.contains("required_scopes"), "{scope}: {error}");
    }
    let error = build(Auth::jwt(login).audience(RESOURCE).scopes_supported(["offline_access"]));
    assert!(error.contains("offline_access"), "{error}");
    let error = build(Auth::jwt(login).audience(RESOURCE).algorithms([]));
    assert!(error.contains("algorithms"), "{error}");
    let error = build(Auth::entra("common").audience(RESOURCE));
    assert!(error.contains("id of a tenant"), "{error}");
}
