//! Our client logs in to our server: both halves, over TCP.

use mcp_runtime::authorization::{Auth, Jwt};
use mcp_runtime::client::Client;
use mcp_runtime::testing::AuthServer;
use serde_json::json;
use tokio::net::TcpListener;

/// Logs in to a server, and returns what it knows of the caller.
async fn who(
    issuer: &AuthServer,
    settings: impl FnOnce(Auth<Jwt>) -> Auth<Jwt>,
) -> serde_json::Value {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    let auth = settings(Auth::jwt(issuer.issuer()).audience(&url).required_scopes(["files:read"]));
    let server = crate::site::server().require_auth(auth);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = tokio::spawn(server.serve_listener(listener, async {
        let _ = stopped.await;
    }));
    let client = Client::http(&url).login(issuer.login()).connect().await.unwrap();
    let result = client.call("whoami", ()).await.unwrap();
    client.close().await;
    drop(stop);
    served.await.unwrap().unwrap();
    let result = serde_json::to_value(&result).unwrap();
    serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_client_logs_in() {
    let issuer = AuthServer::start().await.unwrap();
    issuer.subject("ada");
    issuer.scopes(["files:read", "files:write"]);
    let who = who(&issuer, |auth| auth).await;
    assert_eq!((&who["subject"], &who["issuer"]), (&json!("ada"), &json!(issuer.issuer())));
    assert_eq!(who["scopes"], json!(["files:read"]));
    assert_eq!(who["leaks"], false);
}

#[tokio::test]
async fn a_client_logs_in_with_a_key() {
    let issuer = AuthServer::start().await.unwrap();
    issuer.subject("ada");
    issuer.scopes(["files:read"]);
    issuer.dpop(None);
    let who = who(&issuer, |auth| auth.require_dpop().dpop_nonces()).await;
    assert_eq!(who["subject"], "ada");
}
