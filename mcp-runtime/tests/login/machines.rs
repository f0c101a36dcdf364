//! Logins without a user.

use mcp_runtime::client::auth::{Assertion, AuthErrorKind, Credentials, IdentityProvider, Login};
use serde_json::json;

use crate::protected::{Faults, Protected, call};

fn assertion(text: &'static str) -> Assertion {
    Assertion::function(move || std::future::ready(Ok::<_, String>(text.to_owned())))
}

async fn readable() -> Protected {
    Protected::with(Faults { challenge: "scope=\"read\"".to_owned(), ..Faults::default() }).await
}

#[tokio::test]
async fn a_program_has_credentials_of_its_own() {
    let server = readable().await;
    server.auth.client("robot", Some("s/3 c"));
    let methods = "token_endpoint_auth_methods_supported";
    for method in ["client_secret_basic", "client_secret_post"] {
        server.auth.metadata(|metadata| metadata[methods] = json!([method]));
        let credentials = Credentials::secret("robot", "s/3 c");
        let login = Login::client_credentials(server.auth.issuer(), credentials);
        let client = server.connect(login).await.unwrap();
        assert_eq!(call(&client, "read").await.unwrap(), "robot read");
        let request = server.auth.requests_to("/token").pop().unwrap();
        assert_eq!(request.parameter("resource"), server.http.url);
        assert_eq!(request.authorization.is_some(), method == "client_secret_basic");
        // A revoked token is requested anew, and further scopes as well.
        server.auth.revoke_tokens();
        assert_eq!(call(&client, "write").await.unwrap(), "robot read write");
    }
    assert_eq!(server.asked("/register") + server.asked("/authorize"), 0);
}

/// An attacker who answers as the server names an issuer of their own.
#[tokio::test]
async fn secrets_go_to_the_given_issuer_only() {
    let (server, honest) = (readable().await, readable().await);
    let issuer = honest.auth.issuer();
    let secret = || Credentials::secret("robot", "secret");
    let provider = || IdentityProvider::new(issuer, secret(), assertion("id token"));
    for login in [
        Login::client_credentials(issuer, secret()),
        Login::enterprise(issuer, secret(), provider()),
        Login::workload(issuer, assertion("platform token")),
    ] {
        let error = server.refused(login).await;
        assert_eq!(error.kind, AuthErrorKind::IssuerMismatch, "{error}");
    }
    assert!(server.auth.requests().is_empty());
    // Metadata of the given issuer that names another one is not used either.
    honest.auth.metadata(|metadata| metadata["issuer"] = json!("https://evil.example"));
    let error = honest.refused(Login::client_credentials(issuer, secret())).await;
    assert_eq!((error.kind, honest.asked("/token")), (AuthErrorKind::IssuerMismatch, 0));
}

#[tokio::test]
async fn a_workload_presents_the_token_of_its_platform() {
    let server = readable().await;
    server.auth.assertion("platform token");
    let login = Login::workload(server.auth.issuer(), assertion(" platform token\n"));
    let client = server.connect(login).await.unwrap();
    assert!(call(&client, "read").await.unwrap().ends_with(" read"));
    // A refusal is final.
    let login = Login::workload(server.auth.issuer(), assertion("another token"));
    let before = server.asked("/token");
    let error = server.refused(login).await;
    assert_eq!(error.code.as_deref(), Some("invalid_grant"));
    assert_eq!(server.asked("/token"), before + 1);
}

#[tokio::test]
async fn assertions_have_to_exist() {
    let server = readable().await;
    for source in
        [Assertion::file("/no/such/file"), Assertion::env("MCP_NO_SUCH_VARIABLE"), assertion(" \n")]
    {
        let error = server.refused(Login::workload(server.auth.issuer(), source)).await;
        assert_eq!(error.kind, AuthErrorKind::Configuration, "{error}");
    }
    assert_eq!(server.asked("/token"), 0);
}

#[tokio::test]
async fn the_identity_provider_of_an_organisation_grants_access() {
    let server = readable().await;
    let provider = mcp_runtime::testing::AuthServer::start().await.unwrap();
    let id_jag = "urn:ietf:params:oauth:token-type:id-jag";
    let grant = |kind: &str| json!({ "access_token": "id-jag", "issued_token_type": kind, "token_type": "N_A" });
    server.auth.client("app", Some("secret"));
    server.auth.assertion("id-jag");
    let login = || {
        let of_provider = IdentityProvider::new(
            provider.issuer(),
            Credentials::public("app-at-provider"),
            assertion("id token"),
        );
        Login::enterprise(server.auth.issuer(), Credentials::secret("app", "secret"), of_provider)
    };
    provider.answer_next("/token", 200, grant(id_jag));
    let client = server.connect(login()).await.unwrap();
    assert_eq!(call(&client, "read").await.unwrap(), "app read");
    let asked = &provider.requests_to("/token")[0];
    assert_eq!(asked.parameter("audience"), server.auth.issuer());
    assert_eq!(asked.parameter("resource"), server.http.url);
    assert_eq!(asked.parameter("requested_token_type"), id_jag);
    assert_eq!(asked.parameter("subject_token"), "id token");
    // The ID token is for the provider, and its grant for the authorization server.
    assert!(
        server.auth.requests().iter().all(|request| request.parameter("subject_token").is_empty())
    );
    assert!(provider.requests().iter().all(|request| request.parameter("assertion").is_empty()));
    provider.answer_next("/token", 200, grant("urn:ietf:params:oauth:token-type:access_token"));
    assert_eq!(server.refused(login()).await.kind, AuthErrorKind::Token);
    server
        .auth
        .metadata(|metadata| metadata["authorization_grant_profiles_supported"] = json!(["other"]));
    assert_eq!(server.refused(login()).await.kind, AuthErrorKind::Unsupported);
    provider.metadata(|metadata| metadata["issuer"] = json!("https://evil.example"));
    server
        .auth
        .metadata(|metadata| metadata["authorization_grant_profiles_supported"] = json!(null));
    assert_eq!(server.refused(login()).await.kind, AuthErrorKind::IssuerMismatch);
}
