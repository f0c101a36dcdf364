//! The client at an authorization server.

use mcp_runtime::client::auth::{AuthErrorKind, Credentials, MemoryStorage, SigningKey};
use serde_json::json;
use std::sync::Arc;

use crate::protected::{Protected, call};

const DOCUMENT: &str = "https://app.example/client.json";

#[tokio::test]
async fn registered_clients_come_before_documents_and_these_before_dynamic_registration() {
    let server = Protected::start().await;
    let client_of = |server: &Protected| {
        server.auth.requests_to("/authorize").last().unwrap().parameter("client_id").to_owned()
    };
    server.auth.client("mine", Some("secret"));
    let login = server.auth.login().metadata_document(DOCUMENT);
    let registered =
        login.clone().registered(server.auth.issuer(), Credentials::secret("mine", "secret"));
    server.connect(registered).await.unwrap();
    assert_eq!(client_of(&server), "mine");
    server.connect(login.clone().storage(MemoryStorage::new())).await.unwrap();
    assert_eq!(client_of(&server), DOCUMENT);
    assert_eq!(server.asked("/register"), 0);
    server
        .auth
        .metadata(|metadata| metadata["client_id_metadata_document_supported"] = json!(false));
    server.connect(login.clone().storage(MemoryStorage::new())).await.unwrap();
    let registration = &server.auth.requests_to("/register")[0].json;
    assert_eq!(registration["application_type"], "native");
    assert_eq!(registration["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(registration["token_endpoint_auth_method"], "none");
    // Without any of these, the application is asked.
    server.auth.metadata(|metadata| metadata["registration_endpoint"] = json!(null));
    let login = login.storage(MemoryStorage::new());
    assert_eq!(server.refused(login.clone()).await.kind, AuthErrorKind::Registration);
    server.auth.client("asked", None);
    let asking = login.on_unregistered(|_| async { Ok::<_, String>(Credentials::public("asked")) });
    server.connect(asking).await.unwrap();
    assert_eq!(client_of(&server), "asked");
}

#[tokio::test]
async fn credentials_of_one_issuer_are_sent_to_no_other() {
    let server = Protected::start().await;
    let credentials = Credentials::secret("mine", "very-secret");
    let login = server.auth.login().registered("https://other.example", credentials);
    assert_eq!(server.refused(login).await.kind, AuthErrorKind::IssuerMismatch);
    assert!(server.auth.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_moves_to_another_issuer_gets_another_client() {
    let (old, new) = (Protected::start().await, Protected::start().await);
    let client = old.client().await;
    // The tokens of the old issuer end, and the metadata names the new one.
    old.auth.revoke_tokens();
    let metadata =
        json!({ "resource": old.http.url, "authorization_servers": [new.auth.issuer()] });
    old.faults.lock().unwrap().metadata = Some(metadata);
    // The old server accepts no token of the new issuer, so the call fails in the end.
    assert!(call(&client, "read").await.is_err());
    assert_eq!(new.asked("/register"), 1);
    let ours = old.auth.requests_to("/token")[0].parameter("client_id").to_owned();
    for request in new.auth.requests() {
        assert!(request.authorization.is_none() && request.parameter("refresh_token").is_empty());
    }
    assert!(!ours.is_empty());
    assert_eq!(new.auth.requests_to("/token").len(), 1);
    assert_eq!(old.auth.requests_to("/token").len(), 1);
}

#[tokio::test]
async fn a_registered_client_is_used_again() {
    let server = Protected::start().await;
    let storage = Arc::new(MemoryStorage::new());
    let login = || server.auth.login().storage(Arc::clone(&storage));
    server.connect(login()).await.unwrap();
    server.auth.revoke_tokens();
    server.auth.revoke_refresh_tokens();
    server.connect(login()).await.unwrap();
    assert_eq!((server.asked("/register"), server.asked("/authorize")), (1, 2));
}

#[tokio::test]
async fn a_refused_redirect_uri_is_explained() {
    let server = Protected::start().await;
    server.auth.fail_next("/register", "invalid_redirect_uri");
    let error = server.refused(server.auth.login()).await;
    assert_eq!(error.code.as_deref(), Some("invalid_redirect_uri"));
    assert!(error.to_string().contains("`http://127.0.0.1:3117/callback`"), "{error}");
    for answer in [json!({}), json!([]), json!({ "client_id": 7 }), json!("x")] {
        server.auth.answer_next("/register", 201, answer.clone());
        let error = server.refused(server.auth.login()).await;
        assert_eq!(error.kind, AuthErrorKind::Registration, "{answer}");
    }
}

/// A key of P-256, in PKCS #8.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgs7l/7My5i466igEV
da6HyLBpo8wvbxRcopoXoYc4nXWhRANCAARTVA7cCEI9KUJbjtDjm4vZosCEpJVG
//EV0LuwZ0QmUVlJtGCqQgTVAe9Kj1fdRBr0jqAVUpxTKkeRjurNfZKg
-----END PRIVATE KEY-----";

#[tokio::test]
async fn a_client_of_a_document_may_have_a_key() {
    let server = Protected::start().await;
    let methods = "token_endpoint_auth_methods_supported";
    server.auth.metadata(|metadata| metadata[methods] = json!(["none", "private_key_jwt"]));
    let storage = Arc::new(MemoryStorage::new());
    let login = || {
        let login = server.auth.login().metadata_document(DOCUMENT).storage(Arc::clone(&storage));
        login.metadata_document_key(SigningKey::from_pem(KEY).unwrap())
    };
    server.connect(login()).await.unwrap();
    // The key is not stored, and the next client renews the stored token with it.
    server.auth.revoke_tokens();
    server.connect(login()).await.unwrap();
    assert_eq!(server.auth.requests_to("/authorize").len(), 1);
    let requests = server.auth.requests_to("/token");
    let grants: Vec<_> =
        requests.iter().map(|request| request.parameter("grant_type").to_owned()).collect();
    assert_eq!(grants, ["authorization_code", "refresh_token"]);
    for request in &requests {
        assert!(!request.parameter("client_assertion").is_empty(), "{request:?}");
        assert_eq!(request.parameter("client_id"), "");
    }
    // The issuer has to accept keys.
    server.auth.metadata(|metadata| metadata[methods] = json!(["none"]));
    let login = login().storage(MemoryStorage::new());
    assert_eq!(server.refused(login).await.kind, AuthErrorKind::Unsupported);
}
