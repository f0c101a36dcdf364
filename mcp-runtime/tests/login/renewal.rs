//! Tokens that expire, are revoked, or outlive their client.

use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::client::Error;
use mcp_runtime::client::auth::{AuthErrorKind, MemoryStorage};
use serde_json::json;

use crate::protected::{Faults, Protected, call};

/// A server whose tokens allow reading.
async fn readable() -> Protected {
    Protected::with(Faults { challenge: "scope=\"read\"".to_owned(), ..Faults::default() }).await
}

fn grants(server: &Protected) -> Vec<String> {
    let requests = server.auth.requests_to("/token");
    requests.iter().map(|request| request.parameter("grant_type").to_owned()).collect()
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_and_the_refresh_token_is_rotated() {
    let server = readable().await;
    server.auth.announced_lifetime(Duration::ZERO);
    let client = server.client().await;
    for _ in 0..3 {
        call(&client, "read").await.unwrap();
    }
    let requests = server.auth.requests_to("/token");
    let mut used: Vec<_> =
        requests.iter().map(|request| request.parameter("refresh_token")).collect();
    // Each one is used once, and names the resource.
    used.dedup();
    assert_eq!(used.len(), requests.len());
    assert!(requests.iter().all(|request| request.parameter("resource") == server.http.url));
    assert_eq!(server.asked("/authorize"), 1);
}

#[tokio::test]
async fn concurrent_calls_renew_once() {
    let server = readable().await;
    let client = server.client().await;
    server.auth.revoke_tokens();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, "read").await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap(), "user read");
    }
    assert_eq!(grants(&server), ["authorization_code", "refresh_token"]);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_valid_leads_to_a_login() {
    let server = readable().await;
    let client = server.client().await;
    server.auth.revoke_tokens();
    server.auth.revoke_refresh_tokens();
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
    assert_eq!(grants(&server), ["authorization_code", "refresh_token", "authorization_code"]);
}

#[tokio::test]
async fn a_server_that_refuses_every_token_is_not_asked_for_ever() {
    let server = readable().await;
    // Tokens that have expired when they arrive.
    server.auth.token_lifetime(Duration::ZERO);
    let error = server.refused(server.auth.login()).await;
    assert_eq!(error.kind, AuthErrorKind::Refused);
    assert!(server.asked("/authorize") <= 2, "{}", server.asked("/authorize"));
}

#[tokio::test]
async fn stored_tokens_are_used_by_the_next_client() {
    let server = readable().await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || server.auth.login().storage(Arc::clone(&storage));
    server.connect(login()).await.unwrap();
    let client = server.connect(login()).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "user read");
    assert_eq!((server.asked("/authorize"), server.asked("/token")), (1, 1));
    // A stored token that is revoked is renewed by the stored refresh token.
    server.auth.revoke_tokens();
    server.connect(login()).await.unwrap();
    assert_eq!(server.asked("/authorize"), 1);
    assert_eq!(grants(&server), ["authorization_code", "refresh_token"]);
}

#[tokio::test]
async fn a_failure_of_the_authorization_server_is_reported() {
    let server = readable().await;
    for (status, document) in [
        (400, json!({ "error": "invalid_scope", "error_description": "no\r\nsuch scope" })),
        (500, json!({})),
        (302, json!({})),
        (200, json!({ "error": "server_error" })),
        (200, json!({})),
        (200, json!([])),
        (200, json!({ "access_token": "", "token_type": "Bearer" })),
        (200, json!({ "access_token": "a b", "token_type": "Bearer" })),
        (200, json!({ "access_token": "a\nb", "token_type": "Bearer" })),
        (200, json!({ "access_token": "é", "token_type": "Bearer" })),
        (200, json!({ "access_token": 7, "token_type": "Bearer" })),
        (200, json!({ "access_token": "a" })),
        (200, json!({ "access_token": "a", "token_type": "mac" })),
        (200, json!({ "access_token": "a", "token_type": "DPoP" })),
    ] {
        server.auth.answer_next("/token", status, document.clone());
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::Token, "{document}");
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    server.auth.fail_next("/authorize", "access_denied");
    let error = server.refused(server.auth.login()).await;
    assert_eq!(
        (error.kind, error.code.as_deref()),
        (AuthErrorKind::Authorization, Some("access_denied"))
    );
}

#[tokio::test]
async fn numbers_of_seconds_have_several_forms() {
    let server = readable().await;
    for seconds in [json!(-1), json!("3600"), json!(1e300), json!("soon"), json!(null), json!([])] {
        let token =
            json!({ "access_token": "unknown", "token_type": "bearer", "expires_in": seconds });
        server.auth.answer_next("/token", 200, token);
        // The server does not know the token, so only that is left to fail.
        assert_eq!(
            server.refused(server.auth.login()).await.kind,
            AuthErrorKind::Refused,
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_does_not_lose_the_refresh_token() {
    let server = readable().await;
    let client = server.client().await;
    server.auth.revoke_tokens();
    for _ in 0..50 {
        let dropped = tokio::time::timeout(Duration::ZERO, call(&client, "read")).await;
        drop(dropped);
        tokio::task::yield_now().await;
    }
    let outcome: Result<String, Error> = call(&client, "read").await;
    assert_eq!(outcome.unwrap(), "user read");
    assert_eq!(server.asked("/authorize"), 1);
}

/// Two processes with one file: the first one renews, so the refresh token of the second one has ended.
#[tokio::test]
async fn a_token_that_another_process_renewed_is_taken_from_the_storage() {
    let server = readable().await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || server.auth.login().storage(Arc::clone(&storage));
    let one = server.connect(login()).await.unwrap();
    let two = server.connect(login()).await.unwrap();
    server.auth.revoke_tokens();
    call(&one, "read").await.unwrap();
    call(&two, "read").await.unwrap();
    call(&one, "read").await.unwrap();
    assert_eq!(server.asked("/authorize"), 1);
}

#[tokio::test]
async fn a_client_that_the_authorization_server_forgot_is_registered_again() {
    let server = readable().await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || server.auth.login().storage(Arc::clone(&storage));
    server.connect(login()).await.unwrap();
    server.auth.revoke_tokens();
    server.auth.revoke_refresh_tokens();
    server.auth.fail_next("/token", "invalid_client");
    server.connect(login()).await.unwrap();
    assert_eq!(server.asked("/register"), 2);
}
