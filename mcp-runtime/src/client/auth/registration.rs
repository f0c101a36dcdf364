//! The client at an authorization server: registered before, described by a document, registered
//! dynamically, or named by the application.
//!
//! Specification: [Client registration](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization/client-registration).

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::credentials::Credentials;
use super::discovery::Discovered;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Http, OAuthFailure, endpoint, failure};
use super::login::Login;
use super::storage::StorageKey;
use super::tokens::StoredClient;
use crate::auth::document::Document;
use crate::auth::safe_client::is_loopback;
use crate::shorten::shorten;

/// A client that is registered dynamically, as it is stored.
#[derive(Serialize, Deserialize)]
struct Registered {
    issuer: String,
    redirect_uri: Option<String>,
    #[serde(default)]
    expires_at: Option<u64>,
    #[serde(flatten)]
    client: StoredClient,
}

/// The response to a registration.
#[derive(Deserialize)]
struct RegistrationJson {
    #[serde(default)]
    client_secret_expires_at: Option<u64>,
    #[serde(flatten)]
    client: StoredClient,
}

/// The registration of a client for one login.
pub(crate) struct Registration<'a> {
    pub(crate) http: &'a Http,
    pub(crate) login: &'a Login,
    pub(crate) discovered: &'a Discovered,
    /// URI to which the browser is redirected; `None` for the device flow.
    pub(crate) redirect_uri: Option<&'a str>,
}

/// Returns the URI to which the browser of a stored client is redirected, so that it can be used again.
pub(crate) async fn stored_redirect(login: &Login, issuer: &str) -> Option<Url> {
    let stored = load(login, issuer).await.ok()??;
    Url::parse(&stored.redirect_uri?).ok()
}

async fn load(login: &Login, issuer: &str) -> Result<Option<Registered>, AuthError> {
    let stored = login.storage.load(&StorageKey::registration(issuer)).await?;
    let stored =
        stored.and_then(|stored| serde_json::from_str::<Registered>(stored.expose_secret()).ok());
    Ok(stored.filter(|stored| {
        let is_valid = stored.expires_at.is_none_or(|at| at == 0 || at > super::jwt::now());
        stored.issuer == issuer && is_valid
    }))
}

impl Registration<'_> {
    /// Returns the credentials of the client at the authorization server.
    pub(crate) async fn credentials(&self) -> Result<Credentials, AuthError> {
        let issuer = self.discovered.issuer();
        if let Some(known) = self.login.known_credentials(issuer)? {
            return Ok(known.clone());
        }
        let server = &self.discovered.server;
        if let Some(document) = self.login.document_credentials()
            && server.client_id_metadata_document_supported
        {
            return Ok(document);
        }
        if let Some(stored) = load(self.login, issuer).await?
            && stored.redirect_uri.as_deref() == self.redirect_uri
        {
            return Ok(stored.client.into_credentials());
        }
        if server.registration_endpoint.is_some() {
            return self.register().await;
        }
        match &self.login.ask_client {
            Some(ask) => ask(issuer.to_owned()).await,
            None => Err(AuthError::new(
                AuthErrorKind::Registration,
                format!(
                    "the authorization server `{}` registers no clients; register one by hand and name it \
                     with `registered`",
                    shorten(issuer)
                ),
            )),
        }
    }

    async fn register(&self) -> Result<Credentials, AuthError> {
        let server = &self.discovered.server;
        let url =
            endpoint(server, server.registration_endpoint.as_deref(), "registration_endpoint")?;
        let response = self.http.post_json(&url, &self.metadata()).await.map_err(|error| {
            AuthError::of_fetch(AuthErrorKind::Registration, "registering the client", &error)
        })?;
        if !matches!(response.status, 200 | 201) {
            return Err(self.refused(&response));
        }
        let parsed = serde_json::from_slice::<Document<RegistrationJson>>(&response.body);
        let Document(registered) = parsed.map_err(|_| {
            AuthError::new(
                AuthErrorKind::Registration,
                "expected a response with `client_id` to the registration, got something else",
            )
        })?;
        let issuer = self.discovered.issuer();
        let stored = Registered {
            issuer: issuer.to_owned(),
            redirect_uri: self.redirect_uri.map(str::to_owned),
            expires_at: registered.client_secret_expires_at,
            client: registered.client,
        };
        let text: SecretString = crate::client::message::to_json(&stored).into();
        self.login.storage.save(&StorageKey::registration(issuer), text).await?;
        Ok(stored.client.into_credentials())
    }

    /// Returns the metadata of the client.
    fn metadata(&self) -> Value {
        let server = &self.discovered.server;
        let methods = server.token_endpoint_auth_methods_supported.as_deref();
        let supports =
            |name: &&str| methods.is_some_and(|methods| methods.iter().any(|known| known == name));
        let method =
            ["none", "client_secret_basic", "client_secret_post"].into_iter().find(supports);
        let mut metadata = json!({
            "client_name": self.login.client_name,
            // The default of RFC 8414, for servers that name no methods.
            "token_endpoint_auth_method": method.unwrap_or("client_secret_basic"),
            "application_type": "native",
        });
        match self.redirect_uri {
            Some(redirect_uri) => {
                let is_native = Url::parse(redirect_uri)
                    .is_ok_and(|url| is_loopback(&url) || url.scheme() != "https");
                if !is_native {
                    metadata["application_type"] = json!("web");
                }
                metadata["redirect_uris"] = json!([redirect_uri]);
                metadata["response_types"] = json!(["code"]);
                metadata["grant_types"] = json!(["authorization_code", "refresh_token"]);
            }
            None => {
                metadata["redirect_uris"] = json!([]);
                metadata["response_types"] = json!([]);
                metadata["grant_types"] = json!([super::device::GRANT_TYPE, "refresh_token"]);
            }
        }
        metadata
    }

    fn refused(&self, response: &crate::auth::safe_client::SafeResponse) -> AuthError {
        let code = OAuthFailure::parse(&response.body).map(|failure| failure.error);
        if code.as_deref() != Some("invalid_redirect_uri") {
            return failure(AuthErrorKind::Registration, "registering the client", response);
        }
        let message = format!(
            "the authorization server does not accept the redirect URI `{}`; register a client by hand and \
             name it with `registered`, or set another URI with `redirect_uri`",
            self.redirect_uri.unwrap_or_default()
        );
        let mut error = AuthError::new(AuthErrorKind::Registration, message);
        error.code = code;
        error
    }
}
