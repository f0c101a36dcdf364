//! Sessions belong to (issuer, subject, client).

use http::Request;
use mcp_runtime::Principal;
use mcp_runtime::authorization::{AccessToken, Auth, TokenError, TokenVerifier};
use mcp_runtime::http::McpService;
use serde_json::json;

use crate::site::{Answer, RESOURCE, send_body, service};

/// Tokens that contain their principal: `subject.issuer.client`.
struct Plain;

impl TokenVerifier for Plain {
    async fn verify(&self, token: AccessToken<'_>, _: &str) -> Result<Principal, TokenError> {
        let mut parts = token.as_str().split('.');
        let mut part = || parts.next().ok_or_else(|| TokenError::invalid("it has too few parts"));
        Ok(Principal::new(part()?).issued_by(part()?).of_client(part()?))
    }
}

fn request(method: &str, token: &str, session: Option<&str>) -> http::request::Builder {
    let mut request = Request::builder()
        .method(method)
        .uri("/mcp")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", format!("Bearer {token}"));
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    request
}

async fn ping(service: &McpService, token: &str, session: &str) -> Answer {
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    send_body(service, request("POST", token, Some(session)), &ping).await
}

#[tokio::test]
async fn a_session_of_another_principal_is_unknown() {
    let auth = Auth::verifier(Plain)
        .audience(RESOURCE)
        .authorization_servers(["https://login.example.com"]);
    let service = service(auth);
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    } });
    let opened = send_body(&service, request("POST", "ann.a.app", None), &initialize).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let session = opened.headers["mcp-session-id"].to_str().unwrap();
    assert_eq!(ping(&service, "ann.a.app", session).await.status, 200);
    let unknown = ping(&service, "ann.a.app", &format!("{:032x}", 1)).await;
    for other in ["bob.a.app", "ann.b.app", "ann.a.other"] {
        let answer = ping(&service, other, session).await;
        assert_eq!((answer.status, &answer.body), (unknown.status, &unknown.body), "{other}");
        for method in ["GET", "DELETE"] {
            let answer =
                send_body(&service, request(method, other, Some(session)), &json!(null)).await;
            assert_eq!(answer.status, 404, "{method} {other}");
        }
    }
    assert_eq!(unknown.status, 404);
    // A session is no authentication.
    let mut without = request("POST", "x", Some(session));
    without.headers_mut().unwrap().remove("authorization");
    let answer =
        send_body(&service, without, &json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" })).await;
    assert_eq!(answer.status, 401);
    assert_eq!(ping(&service, "ann.a.app", session).await.status, 200);
}

/// Tokens that expire in ten minutes.
struct Short;

impl TokenVerifier for Short {
    async fn verify(&self, _: AccessToken<'_>, _: &str) -> Result<Principal, TokenError> {
        let end = std::time::SystemTime::now() + std::time::Duration::from_secs(600);
        Ok(Principal::new("ann").expiring_at(end))
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_of_a_session_ends_with_its_token() {
    use http_body_util::BodyExt as _;
    use tower_service::Service as _;
    let auth = Auth::verifier(Short)
        .audience(RESOURCE)
        .authorization_servers(["https://login.example.com"]);
    let mut service = service(auth);
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    } });
    let opened = send_body(&service, request("POST", "t", None), &initialize).await;
    let session = opened.headers["mcp-session-id"].to_str().unwrap();
    let begun = tokio::time::Instant::now();
    let listen = request("GET", "t", Some(session)).header("accept", "text/event-stream");
    let listen = listen.body(http_body_util::Full::<bytes::Bytes>::default()).unwrap();
    let response = service.call(listen).await.unwrap();
    assert_eq!(response.status(), 200);
    // Comments keep the stream open until then.
    response.into_body().collect().await.unwrap();
    let took = begun.elapsed().as_secs();
    assert!((590..=610).contains(&took), "{took}");
}

#[test]
fn a_server_that_is_mounted_protects_nothing() {
    let inner = crate::site::server()
        .require_auth(Auth::jwt("https://login.example.com").audience(RESOURCE));
    let error = mcp_runtime::Server::new("outer", "1").mount("a", inner).into_service();
    assert!(error.map(drop).unwrap_err().to_string().contains("require_auth"));
}
