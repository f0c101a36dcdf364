//! Logins that the user starts and ends, apart from the connections of a client.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::Url;
use reqwest::header::{ACCEPT, HeaderValue, WWW_AUTHENTICATE};
use secrecy::{ExposeSecret as _, SecretString};

use super::credentials::{Credentials, Form};
use super::discovery::protected_resource;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Client, endpoint, failure};
use super::flow::Flow;
use super::login::{How, Login};
use super::scopes::Scopes;
use super::storage::StorageKey;
use super::tokens::Grant;
use crate::auth::challenge::Challenge;
use crate::auth::safe_client::SafeRequest;

/// A request that servers which require tokens refuse.
const PROBE: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#;

/// An access token, and the login that it belongs to. The `Debug` form does not show the token.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessToken {
    /// Text of the token.
    pub token: SecretString,
    /// Issuer of the authorization server.
    pub issuer: String,
    /// Identifier of the server that accepts it.
    pub resource: String,
    /// Id of this client at the authorization server.
    pub client_id: String,
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// Time at which it expires, if the authorization server stated one.
    pub expires_at: Option<SystemTime>,
    /// `true` if it is renewed without a user.
    pub is_renewable: bool,
    /// `true` if it is bound to a key of this client (DPoP), so that no other program can use it.
    pub is_bound: bool,
}

/// The outcome of [`Login::log_out`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logout {
    /// No login was stored.
    NotLoggedIn,
    /// The tokens were removed here. The authorization server revokes none.
    Removed,
    /// The tokens were removed here, and revoked at the authorization server.
    Revoked,
}

impl AccessToken {
    fn of(grant: &Grant) -> Self {
        let since_epoch =
            |seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Self {
            token: grant.access_token.clone(),
            issuer: grant.discovered.issuer().to_owned(),
            resource: grant.discovered.resource.clone(),
            client_id: grant.credentials.client_id.clone(),
            scopes: grant.granted.iter().map(str::to_owned).collect(),
            expires_at: grant.expires_at.and_then(since_epoch),
            is_renewable: grant.refresh_token.is_some(),
            is_bound: grant.prover.is_some(),
        }
    }
}

impl Login {
    /// Logs in to the server at a URL now, also if a login is stored, and stores the tokens. A client with
    /// [`Login::stored`] uses them. Secrets of a machine are not stored, so its token is not renewed.
    ///
    /// # Errors
    /// The step that failed, such as [`AuthErrorKind::Authorization`] if the user denied it.
    /// [`AuthErrorKind::Unsupported`] if the server requires no login.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), mcp_runtime::client::auth::AuthError> {
    /// use mcp_runtime::client::auth::{FileStorage, Login};
    ///
    /// let login = Login::browser().storage(FileStorage::new("/home/ada/.config/app/tokens.json"));
    /// let token = login.log_in("https://example.com/mcp").await?;
    /// println!("logged in at {} with the scopes {:?}", token.issuer, token.scopes);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn log_in(&self, server: &str) -> Result<AccessToken, AuthError> {
        let flow = self.flow(server)?;
        let challenges = flow.challenges().await;
        let is_open = challenges.is_empty()
            && self.expected_issuer().is_none()
            && protected_resource(&flow.http, &flow.server, &[]).await?.is_none();
        if is_open {
            let message = "the server requires no login: it answers without a token, and publishes no metadata \
                           about tokens (RFC 9728)";
            return Err(AuthError::new(AuthErrorKind::Unsupported, message));
        }
        let discovered = Arc::new(flow.discover(&challenges).await?);
        let challenged = super::authorizer::scopes_of(&challenges);
        let scopes = flow.select_scopes(&discovered, &challenged, &Scopes::default());
        let mut grant = flow.log_in(&discovered, scopes).await?;
        if matches!(self.how, How::Machine(_)) {
            grant.credentials = Credentials::public(grant.credentials.client_id);
            grant.refresh_token = None;
            flow.store_new(&grant).await?;
        }
        Ok(AccessToken::of(&grant))
    }

    /// Returns the stored access token for the server at a URL, which is renewed first if it expires soon. If
    /// that fails, it is used until it expires. Returns `None` if no login is stored.
    ///
    /// # Errors
    /// [`AuthErrorKind::LoginRequired`] if the token has expired and cannot be renewed, or if another process
    /// logs out meanwhile, and the errors of discovery, of the renewal and of the storage.
    pub async fn access_token(&self, server: &str) -> Result<Option<AccessToken>, AuthError> {
        let flow = self.flow(server)?;
        let Some(grant) = flow.found().await? else { return Ok(None) };
        if !grant.expires() {
            return Ok(Some(AccessToken::of(&grant)));
        }
        let required = || AuthError::login_required(&flow.server, &grant.requested);
        if grant.refresh_token.is_none() {
            return if grant.has_expired() {
                Err(required())
            } else {
                Ok(Some(AccessToken::of(&grant)))
            };
        }
        match flow.renew(&grant).await {
            Ok((renewed, _)) => Ok(Some(AccessToken::of(&renewed))),
            Err(error) if error.kind == AuthErrorKind::LoginRequired => Err(error),
            Err(error) if !grant.has_expired() => {
                tracing::debug!(target: "mcp_runtime::client", "a token was not renewed: {error}");
                Ok(Some(AccessToken::of(&grant)))
            }
            Err(error) if !error.is_refusal() => Err(error),
            Err(_) => Err(required()),
        }
    }

    /// Removes the stored tokens for the server at a URL, and revokes them if the authorization server supports
    /// that (RFC 7009).
    ///
    /// # Errors
    /// The errors of discovery and of the storage, after which the tokens are still there;
    /// [`AuthErrorKind::Token`] if they were removed here, but could not be revoked.
    pub async fn log_out(&self, server: &str) -> Result<Logout, AuthError> {
        let flow = self.flow(server)?;
        let _one_process = self.storage.lock().await?;
        let discovered = Arc::new(flow.discover(&flow.challenges().await).await?);
        let grant = flow.loaded(&discovered).await?;
        let key = StorageKey::tokens(discovered.issuer(), &discovered.resource);
        // Also a value that cannot be read.
        self.storage.remove(&key).await?;
        let Some(grant) = grant else { return Ok(Logout::NotLoggedIn) };
        if discovered.server.revocation_endpoint.is_none() {
            return Ok(Logout::Removed);
        }
        flow.revoke(&grant).await.map(|()| Logout::Revoked)
    }

    fn flow(&self, server: &str) -> Result<Flow, AuthError> {
        let url = Url::parse(server).map_err(|_| {
            AuthError::new(
                AuthErrorKind::Configuration,
                "expected the URL of a server, got another text",
            )
        })?;
        Flow::new(self.clone(), url, Vec::new())
    }
}

impl Flow {
    /// Sends a request without a token, and returns the challenges of the server, which may be none.
    async fn challenges(&self) -> Vec<Challenge> {
        let accept = HeaderValue::from_static("application/json, text/event-stream");
        let probe = SafeRequest::post(self.server.clone(), "application/json", PROBE.to_vec());
        let Ok(response) = self.http.send(probe.header(ACCEPT, accept)).await else {
            // Discovery reports a server that cannot be reached.
            return Vec::new();
        };
        let headers = response.headers.get_all(WWW_AUTHENTICATE).iter();
        headers
            .flat_map(|value| Challenge::parse(&String::from_utf8_lossy(value.as_bytes())))
            .collect()
    }

    /// Finds the stored token for the server, whichever kind of login obtained it.
    async fn found(&self) -> Result<Option<Grant>, AuthError> {
        let discovered = self.discover(&self.challenges().await).await?;
        self.stored(&Arc::new(discovered), &Scopes::default()).await
    }

    /// Revokes the refresh token, and with it the access token, or else the access token alone.
    async fn revoke(&self, grant: &Grant) -> Result<(), AuthError> {
        let server = &grant.discovered.server;
        let url = endpoint(server, server.revocation_endpoint.as_deref(), "revocation_endpoint")?;
        let (token, hint) = match &grant.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&grant.access_token, "access_token"),
        };
        let form =
            Form::default().with("token", token.expose_secret()).with("token_type_hint", hint);
        let client = Client { server, credentials: &grant.credentials, prover: None };
        let response = self.http.post_form(&url, form, client).await?;
        match response.status {
            200..=299 => Ok(()),
            _ => Err(failure(AuthErrorKind::Token, "revoking the tokens", &response)),
        }
    }
}
