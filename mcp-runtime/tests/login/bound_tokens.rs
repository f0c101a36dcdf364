//! Tokens that are bound to a key of the client (DPoP).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_runtime::client::auth::{AuthErrorKind, Credentials, Login, MemoryStorage, SigningKey};
use mcp_runtime::client::{Client, Era, Error};
use mcp_runtime::testing::AuthServer;
use serde_json::json;

use crate::protected::{Protected, discovered};
use crate::trickle::{HttpServer, Reply, Request};

/// A server that accepts bound tokens only, and requires nonces on demand.
struct Bound {
    http: HttpServer,
    auth: Arc<AuthServer>,
    has_nonces: Arc<AtomicBool>,
}

impl Bound {
    async fn start(nonce: Option<&str>) -> Self {
        let auth = Arc::new(AuthServer::start().await.unwrap());
        auth.dpop(nonce.map(|_| "nonce-of-issuer"));
        let has_nonces = Arc::new(AtomicBool::new(nonce.is_some()));
        let (accepted, requires) = (Arc::clone(&auth), Arc::clone(&has_nonces));
        let http = HttpServer::start(move |request| {
            answer(
                request,
                &accepted,
                requires.load(Ordering::Relaxed).then_some("nonce-of-server"),
            )
        });
        Self { http: http.await, auth, has_nonces }
    }

    async fn connect(&self, login: Login) -> Result<Client, Error> {
        Client::http(&self.http.url).era(Era::Modern).login(login).connect().await
    }
}

fn answer(request: &Request, auth: &AuthServer, nonce: Option<&str>) -> Reply {
    let resource = format!("http://{}/mcp", request.header("host").unwrap_or_default());
    if request.path.starts_with("/.well-known/oauth-protected-resource") {
        return Reply::json(200, &auth.protected_resource(&resource));
    }
    let token = request.header("authorization").and_then(|header| header.strip_prefix("DPoP "));
    let error = match (token, request.header("dpop")) {
        (Some(token), Some(proof)) => {
            match auth.verify_bound(token, proof, (&request.method, &resource), nonce) {
                Ok(_) if request.asks() == "server/discover" => {
                    return Reply::result(request, discovered());
                }
                Ok(_) => {
                    let content = json!([{ "type": "text", "text": "done" }]);
                    let result = json!({ "resultType": "complete", "content": content });
                    return Reply::result(request, result);
                }
                Err(error) => error,
            }
        }
        _ => "invalid_token",
    };
    let reply = Reply::status(401).with("www-authenticate", &format!("DPoP error=\"{error}\""));
    match nonce {
        Some(nonce) => reply.with("dpop-nonce", nonce),
        None => reply,
    }
}

#[tokio::test]
async fn tokens_are_bound_where_both_servers_support_it() {
    let server = Bound::start(None).await;
    let client = server.connect(server.auth.login()).await.unwrap();
    client.call("any", ()).await.unwrap();
    // A renewed token is bound to the same key.
    server.auth.revoke_tokens();
    client.call("any", ()).await.unwrap();
    assert_eq!(server.auth.requests_to("/authorize").len(), 1);
    let grants = server.auth.requests_to("/token");
    assert_eq!(grants.len(), 2);
    assert!(grants.iter().all(|request| request.dpop.is_some()));
    assert!(!format!("{grants:?}").contains(grants[0].dpop.as_deref().unwrap()));
}

#[tokio::test]
async fn nonces_of_both_servers_are_used() {
    let server = Bound::start(Some("any")).await;
    let client = server.connect(server.auth.login()).await.unwrap();
    assert_eq!(server.auth.requests_to("/token").len(), 2);
    let before = server.http.heard.lock().unwrap().len();
    // The nonce of the server is known by now.
    client.call("any", ()).await.unwrap();
    assert_eq!(server.http.heard.lock().unwrap().len(), before + 1);
    server.has_nonces.store(false, Ordering::Relaxed);
    client.call("any", ()).await.unwrap();
}

/// An authorization server may read the assertion of the client before it requires a nonce, and accepts each
/// assertion once.
#[tokio::test]
async fn a_request_that_is_repeated_with_a_nonce_has_another_assertion() {
    let server = Bound::start(Some("any")).await;
    let methods = "token_endpoint_auth_methods_supported";
    server.auth.metadata(|metadata| metadata[methods] = json!(["private_key_jwt"]));
    let key = SigningKey::from_pem(include_str!("../client/tls/server.key")).unwrap();
    let credentials = Credentials::private_key_jwt("robot", key);
    let login = Login::client_credentials(server.auth.issuer(), credentials);
    server.connect(login).await.unwrap();
    let requests = server.auth.requests_to("/token");
    assert_eq!(requests.len(), 2);
    let [first, second] = [0, 1].map(|at| requests[at].parameter("client_assertion"));
    assert!(!first.is_empty() && !second.is_empty());
    assert_ne!(first, second);
}

#[tokio::test]
async fn the_key_is_stored_with_the_token() {
    let server = Bound::start(None).await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || server.auth.login().storage(Arc::clone(&storage));
    server.connect(login()).await.unwrap();
    server.connect(login()).await.unwrap();
    assert_eq!(server.auth.requests_to("/authorize").len(), 1);
}

#[tokio::test]
async fn a_login_may_accept_bound_tokens_only() {
    let server = Protected::start().await;
    let error = server.refused(server.auth.login().require_dpop()).await;
    assert_eq!(error.kind, AuthErrorKind::Token, "{error}");
}
