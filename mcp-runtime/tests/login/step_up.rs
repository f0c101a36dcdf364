//! Scopes: those of a login, and those that a server asks for later.

use mcp_runtime::client::Error;
use mcp_runtime::client::auth::AuthErrorKind;
use serde_json::json;

use crate::protected::{Faults, Protected, call};

fn requested(server: &Protected) -> Vec<String> {
    let requests = server.auth.requests_to("/authorize");
    requests.iter().map(|request| request.parameter("scope").to_owned()).collect()
}

async fn challenging(scope: &str) -> Protected {
    let challenge = format!("scope=\"{scope}\"");
    Protected::with(Faults { challenge, ..Faults::default() }).await
}

#[tokio::test]
async fn further_scopes_are_requested_beside_the_earlier_ones() {
    let server = challenging("read").await;
    let client = server.client().await;
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
    assert_eq!(call(&client, "write").await.unwrap(), "user read write");
    assert_eq!(call(&client, "read").await.unwrap(), "user read write");
    assert_eq!(requested(&server), ["read", "read write"]);
}

#[tokio::test]
async fn scopes_come_from_the_challenge_then_from_the_metadata() {
    let server = challenging("read").await;
    let metadata = |scopes: serde_json::Value| {
        let issuer = server.auth.issuer();
        json!({ "resource": server.http.url, "authorization_servers": [issuer], "scopes_supported": scopes })
    };
    server.faults.lock().unwrap().metadata = Some(metadata(json!(["all", "of", "them"])));
    server.connect(server.auth.login()).await.unwrap();
    server.faults.lock().unwrap().challenge = String::new();
    server.connect(server.auth.login()).await.unwrap();
    server.faults.lock().unwrap().metadata = Some(metadata(json!(null)));
    server.connect(server.auth.login()).await.unwrap();
    server.connect(server.auth.login().scopes(["own"])).await.unwrap();
    assert_eq!(requested(&server), ["read", "all of them", "", "own"]);
}

#[tokio::test]
async fn offline_access_is_requested_where_it_exists() {
    let server = challenging("read").await;
    server.auth.scopes(["read", "offline_access"]);
    server.client().await;
    assert_eq!(requested(&server), ["read offline_access"]);
}

#[tokio::test]
async fn scopes_that_are_not_granted_are_requested_once() {
    let server = challenging("read").await;
    server.auth.scopes(["read"]);
    let client = server.client().await;
    for _ in 0..3 {
        let Err(Error::Auth(error)) = call(&client, "write").await else {
            panic!("it was allowed")
        };
        assert_eq!(error.kind, AuthErrorKind::Refused);
        assert!(error.to_string().contains("`write`"), "{error}");
    }
    assert_eq!(requested(&server), ["read", "read write"]);
    // What was granted stays usable.
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
}

#[tokio::test]
async fn a_user_who_denies_is_not_asked_again() {
    let server = challenging("read").await;
    let client = server.client().await;
    server.auth.fail_next("/authorize", "access_denied");
    for expected in [AuthErrorKind::Authorization, AuthErrorKind::Refused, AuthErrorKind::Refused] {
        let Err(Error::Auth(error)) = call(&client, "write").await else {
            panic!("it was allowed")
        };
        assert_eq!(error.kind, expected);
    }
    assert_eq!(requested(&server).len(), 2);
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
}

#[tokio::test]
async fn the_number_of_step_ups_is_limited() {
    let server = challenging("read").await;
    let client = server.connect(server.auth.login().max_step_ups(0)).await.unwrap();
    let Err(Error::Auth(error)) = call(&client, "write").await else { panic!("it was allowed") };
    assert_eq!(error.kind, AuthErrorKind::Refused);
    assert_eq!(requested(&server), ["read"]);
}
