//! Tokens of the form that providers issue.

use mcp_runtime::authorization::{Auth, Jwt};
use serde_json::{Value, json};

use crate::issuer::Issuer;
use crate::keys::Key;
use crate::site::{Answer, RESOURCE, bearer, now, service};

/// Sends a token of a provider, whose keys are elsewhere.
async fn send(auth: Auth<Jwt>, mut claims: Value) -> Answer {
    let key = Key::rsa("k");
    let keys = Issuer::with_keys(&[&key]).await;
    claims["exp"] = json!(now() + 600);
    claims["iat"] = json!(now());
    let service = service(auth.key_set_url(format!("{}/jwks", keys.url)));
    bearer(&service, &key.sign_with(&json!({ "alg": "RS256", "kid": "k", "typ": "JWT" }), &claims))
        .await
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[tokio::test]
async fn auth0() {
    let auth = || Auth::auth0("tenant.eu.auth0.com").audience(RESOURCE);
    let claims = json!({
        "iss": "https://tenant.eu.auth0.com/",
        "sub": "auth0|123",
        "aud": [RESOURCE, "https://tenant.eu.auth0.com/userinfo"],
        "azp": "client",
        "scope": "openid files:read",
        "permissions": ["files:read", "files:write"],
    });
    let who = send(auth(), claims.clone()).await.who();
    assert_eq!(who["scopes"], json!(["openid", "files:read", "files:write"]));
    assert_eq!((&who["client"], &who["subject"]), (&json!("client"), &json!("auth0|123")));
    let without_slash = with(claims, "iss", json!("https://tenant.eu.auth0.com"));
    assert_eq!(send(auth(), without_slash).await.status, 401);
}

#[tokio::test]
async fn entra() {
    let tenant = "11111111-2222-3333-4444-555555555555";
    let app = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    let auth = || {
        let audiences = [app.to_owned(), format!("api://{app}")];
        Auth::entra(tenant).audience(RESOURCE).token_audiences(audiences)
    };
    let second = json!({
        "iss": format!("https://login.microsoftonline.com/{tenant}/v2.0"),
        "aud": app, "azp": "client", "oid": "o", "sub": "s", "tid": tenant, "ver": "2.0",
        "scp": "Files.Read Files.Write", "roles": ["Admin"],
    });
    let who = send(auth(), second.clone()).await.who();
    assert_eq!(who["scopes"], json!(["Files.Read", "Files.Write"]));
    let first = json!({
        "iss": format!("https://sts.windows.net/{tenant}/"),
        "aud": format!("api://{app}"), "appid": "client", "oid": "o", "sub": "s", "tid": tenant,
        "ver": "1.0", "roles": ["Files.Read.All"],
    });
    let who = send(auth(), first).await.who();
    assert_eq!((&who["client"], &who["scopes"]), (&json!("client"), &json!(["Files.Read.All"])));
    let other = with(second.clone(), "iss", json!("https://login.microsoftonline.com/other/v2.0"));
    assert_eq!(send(auth(), other).await.status, 401);
    // Tokens for Microsoft Graph are for nobody else.
    let graph = with(second, "aud", json!("00000003-0000-0000-c000-000000000000"));
    assert_eq!(send(auth(), graph).await.status, 401);
}

#[tokio::test]
async fn keycloak() {
    let auth = || Auth::keycloak("https://id.example.com/", "main").audience(RESOURCE);
    let claims = json!({
        "iss": "https://id.example.com/realms/main",
        "aud": [RESOURCE, "account"], "sub": "s", "typ": "Bearer", "azp": "client",
        "scope": "profile files:read", "realm_access": { "roles": ["user"] },
    });
    assert_eq!(send(auth(), claims.clone()).await.who()["scopes"][1], "files:read");
    for kind in ["ID", "Refresh", "Logout"] {
        let answer = send(auth(), with(claims.clone(), "typ", json!(kind))).await;
        assert_eq!(answer.status, 401, "{kind}");
    }
    // What a client gets without a mapper.
    assert_eq!(send(auth(), with(claims, "aud", json!("account"))).await.status, 401);
}

#[tokio::test]
async fn okta() {
    let auth = || Auth::okta("company.okta.com", "default").audience(RESOURCE);
    let claims = json!({
        "ver": 1, "iss": "https://company.okta.com/oauth2/default", "aud": RESOURCE,
        "cid": "client", "uid": "u", "sub": "ann@example.com", "scp": ["openid", "files:read"],
    });
    let who = send(auth(), claims.clone()).await.who();
    assert_eq!((&who["client"], &who["scopes"][1]), (&json!("client"), &json!("files:read")));
    let organization = with(claims, "iss", json!("https://company.okta.com"));
    assert_eq!(send(auth(), organization).await.status, 401);
}

#[tokio::test]
async fn cognito() {
    let auth = || Auth::cognito("eu-central-1", "eu-central-1_abc").audience(RESOURCE);
    let bare = json!({
        "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc",
        "sub": "s", "client_id": "client", "token_use": "access", "username": "ann",
        "scope": "https://mcp.example.com/mcp/read",
    });
    let bound = with(bare.clone(), "aud", json!(RESOURCE));
    assert_eq!(send(auth(), bound.clone()).await.who()["client"], "client");
    // Without resource binding, only clients that are named.
    assert_eq!(send(auth(), bare.clone()).await.status, 401);
    assert_eq!(send(auth().client_ids(["client"]), bare.clone()).await.status, 200);
    assert_eq!(send(auth().client_ids(["other"]), bare).await.status, 401);
    // A client does not replace an audience that is there.
    let other = with(bound.clone(), "aud", json!("https://other.example.com"));
    assert_eq!(send(auth().client_ids(["client"]), other).await.status, 401);
    assert_eq!(send(auth(), with(bound.clone(), "token_use", json!("id"))).await.status, 401);
    assert_eq!(send(auth(), with(bound, "token_use", json!(null))).await.status, 401);
}

#[tokio::test]
async fn workos() {
    let auth = || Auth::workos("https://company.authkit.app").audience(RESOURCE);
    let claims = json!({
        "iss": "https://company.authkit.app", "aud": RESOURCE, "sub": "user_01", "sid": "session",
        "org_id": "org_01", "role": "member", "permissions": ["files:read"], "client_id": "client_01",
    });
    assert_eq!(send(auth(), claims.clone()).await.who()["scopes"], json!([]));
    let environment = with(claims, "aud", json!("client_env"));
    assert_eq!(send(auth(), environment.clone()).await.status, 401);
    assert_eq!(send(auth().token_audiences(["client_env"]), environment).await.status, 200);
}

#[tokio::test]
async fn google() {
    let endpoint = Issuer::start().await;
    let answer = json!({
        "azp": "id.apps.googleusercontent.com", "aud": "id.apps.googleusercontent.com",
        "sub": "1234567890", "scope": "openid email", "exp": (now() + 600).to_string(),
        "expires_in": "600", "email": "ann@example.com", "email_verified": "true",
        "access_type": "online",
    });
    endpoint.publish("/tokeninfo", &answer);
    let auth = || {
        Auth::google(["id.apps.googleusercontent.com"])
            .audience(RESOURCE)
            .token_info_url(format!("{}/tokeninfo", endpoint.url))
    };
    let who = bearer(&service(auth()), "ya29.a0A").await.who();
    assert_eq!(who["issuer"], "https://accounts.google.com");
    assert_eq!((&who["subject"], &who["expires"]), (&json!("1234567890"), &json!(true)));
    // The token is in the body, because URLs are logged.
    assert_eq!(endpoint.requests()[0].1, "access_token=ya29.a0A");
    for (name, value) in [
        ("aud", json!("other.apps.googleusercontent.com")),
        ("exp", json!("soon")),
        ("exp", json!((now() - 1).to_string())),
        ("exp", json!(null)),
        ("sub", json!("")),
    ] {
        endpoint.publish("/tokeninfo", &with(answer.clone(), name, value.clone()));
        assert_eq!(bearer(&service(auth()), "ya29.a0A").await.status, 401, "{name} {value}");
    }
    for (status, expected) in [(400, 401), (401, 401), (500, 503), (429, 503)] {
        endpoint.respond("/tokeninfo", status, r#"{"error":"invalid_token"}"#);
        assert_eq!(bearer(&service(auth()), "ya29.a0A").await.status, expected, "{status}");
    }
}
