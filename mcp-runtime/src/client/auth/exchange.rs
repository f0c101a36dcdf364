//! Requests to authorization servers.

use std::fmt;

use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Certificate, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use super::credentials::{Credentials, Form};
use super::dpop::Prover;
use super::error::{AuthError, AuthErrorKind};
use super::scopes::Scopes;
use crate::auth::document::Document;
use crate::auth::metadata::AuthorizationServer;
use crate::auth::safe_client::{
    FetchError, Reach, SafeClient, SafeRequest, SafeResponse, is_loopback,
};
use crate::shorten::{line, shorten};

pub(crate) const DPOP: HeaderName = HeaderName::from_static("dpop");
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Sends requests to the addresses that servers name.
#[derive(Clone)]
pub(crate) struct Http {
    client: SafeClient,
    reach: Reach,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("reach", &self.reach).finish_non_exhaustive()
    }
}

impl Http {
    /// Creates a client. Loopback addresses are within reach if the server is at one.
    /// `roots` are root certificates beside those of the system.
    pub(crate) fn new(reach: Reach, roots: Vec<Certificate>) -> Result<Self, AuthError> {
        let client = SafeClient::trusting(reach, roots).map_err(|error| {
            let message = format!("preparing HTTP failed: {}", line(&error.to_string()));
            AuthError::new(AuthErrorKind::Configuration, message)
        })?;
        Ok(Self { client, reach })
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: SafeRequest) -> Result<SafeResponse, FetchError> {
        self.client.send(request).await
    }

    /// Returns `true` if the URL may be opened: that of a page, or an endpoint.
    pub(crate) fn allows(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.reach != Reach::Public && is_loopback(url),
            _ => false,
        }
    }

    /// Fetches a metadata document. Returns `None` if there is none.
    pub(crate) async fn document(&self, url: &Url) -> Result<Option<Vec<u8>>, FetchError> {
        let response = self.client.send(SafeRequest::get(url.clone())).await?;
        match response.status {
            200 => Ok(Some(response.body)),
            400..=499 => Ok(None),
            status => Err(FetchError::Status(status, String::new())),
        }
    }

    /// Posts JSON.
    pub(crate) async fn post_json(
        &self,
        url: &Url,
        json: &Value,
    ) -> Result<SafeResponse, FetchError> {
        let body = json.to_string().into_bytes();
        self.client.send(SafeRequest::post(url.clone(), "application/json", body)).await
    }

    /// Posts a form with the credentials of a client, and with a proof if there is a prover. A server
    /// that requires a nonce is asked once more.
    pub(crate) async fn post_form(
        &self,
        url: &Url,
        form: Form,
        client: Client<'_>,
    ) -> Result<SafeResponse, AuthError> {
        let mut is_repeated = false;
        loop {
            const FORM: &str = "application/x-www-form-urlencoded";
            // Anew for each request, because a server accepts an assertion of a client once.
            let mut form = form.clone();
            let authorization = client.credentials.authenticate(client.server, &mut form)?;
            let mut request = SafeRequest::post(url.clone(), FORM, form.into_bytes());
            if let Some(authorization) = &authorization {
                let authorization = secret_header(authorization.expose_secret())?;
                request = request.header(AUTHORIZATION, authorization);
            }
            if let Some(prover) = client.prover {
                request = request.header(DPOP, secret_header(&prover.proof("POST", url, None)?)?);
            }
            let response = self.client.send(request).await.map_err(|error| {
                AuthError::of_fetch(AuthErrorKind::Token, "asking the authorization server", &error)
            })?;
            let nonce = response.headers.get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok());
            let is_new = client
                .prover
                .zip(nonce)
                .is_some_and(|(prover, nonce)| prover.store_nonce(url, nonce));
            let wants_nonce = response.status == 400
                && OAuthFailure::parse(&response.body)
                    .is_some_and(|failure| failure.error == "use_dpop_nonce");
            if !wants_nonce || !is_new || std::mem::replace(&mut is_repeated, true) {
                return Ok(response);
            }
        }
    }
}

/// The client that makes a request to an authorization server.
#[derive(Clone, Copy)]
pub(crate) struct Client<'a> {
    pub(crate) server: &'a AuthorizationServer,
    pub(crate) credentials: &'a Credentials,
    pub(crate) prover: Option<&'a Prover>,
}

impl Client<'_> {
    /// Requests tokens.
    pub(crate) async fn tokens(self, http: &Http, form: Form) -> Result<TokenResponse, AuthError> {
        let found = self.server.token_endpoint.as_deref();
        let url = endpoint(self.server, found, "token_endpoint")?;
        let response = http.post_form(&url, form, self).await?;
        TokenResponse::parse(&response)
    }
}

/// Returns the URL of an endpoint in metadata.
pub(crate) fn endpoint(
    server: &AuthorizationServer,
    found: Option<&str>,
    name: &str,
) -> Result<Url, AuthError> {
    let found = found.ok_or_else(|| {
        AuthError::new(
            AuthErrorKind::Unsupported,
            format!(
                "the metadata of the authorization server has no `{name}`{}",
                server.faults.remark(name)
            ),
        )
    })?;
    Url::parse(found).map_err(|_| {
        AuthError::new(
            AuthErrorKind::Discovery,
            format!(
                "expected a URL as `{name}` in the metadata of the authorization server, got `{}`",
                shorten(found)
            ),
        )
    })
}

pub(crate) fn secret_header(text: &str) -> Result<HeaderValue, AuthError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        AuthError::new(AuthErrorKind::Token, "expected a token of visible ASCII, got another")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// An error of an authorization server.
#[derive(Debug, Deserialize)]
pub(crate) struct OAuthFailure {
    pub(crate) error: String,
    #[serde(default)]
    error_description: Option<String>,
}

impl OAuthFailure {
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Document<Self>>(body).ok().map(|Document(failure)| failure)
    }

    pub(crate) fn into_error(self, kind: AuthErrorKind) -> AuthError {
        AuthError::of_server(
            kind,
            &self.error,
            self.error_description.as_deref().unwrap_or_default(),
        )
    }
}

/// Returns the error of a response that is none of success.
pub(crate) fn failure(kind: AuthErrorKind, what: &str, response: &SafeResponse) -> AuthError {
    let error = match OAuthFailure::parse(&response.body) {
        Some(failure) => failure.into_error(kind),
        None => AuthError::new(kind, format!("{what} failed: HTTP status {}", response.status)),
    };
    error.of_status(response.status)
}

/// The tokens in a response.
pub(crate) struct TokenResponse {
    pub(crate) access_token: SecretString,
    pub(crate) token_type: String,
    pub(crate) expires_in: Option<u64>,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) scope: Option<Scopes>,
    pub(crate) issued_token_type: Option<String>,
}

#[derive(Deserialize)]
struct TokenJson {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<Value>,
    #[serde(default)]
    refresh_token: Option<String>,
    #[serde(default)]
    scope: Option<Value>,
    #[serde(default)]
    issued_token_type: Option<String>,
}

impl TokenResponse {
    pub(crate) fn parse(response: &SafeResponse) -> Result<Self, AuthError> {
        if response.status != 200 {
            return Err(failure(AuthErrorKind::Token, "requesting a token", response));
        }
        // Some servers answer errors with status 200.
        if let Some(failure) = OAuthFailure::parse(&response.body) {
            return Err(failure.into_error(AuthErrorKind::Token));
        }
        let parsed = serde_json::from_slice::<Document<TokenJson>>(&response.body);
        let Document(json) = parsed.map_err(|_| malformed("a response with `access_token`"))?;
        // Errors of a parser could repeat a token, so none of them is shown.
        let is_token = json.access_token.bytes().all(|byte| byte.is_ascii_graphic());
        if json.access_token.is_empty() || !is_token {
            return Err(malformed("an `access_token` of visible ASCII"));
        }
        Ok(Self {
            access_token: json.access_token.into(),
            token_type: json.token_type.ok_or_else(|| malformed("`token_type`"))?,
            expires_in: json.expires_in.as_ref().and_then(seconds),
            refresh_token: json
                .refresh_token
                .filter(|token| !token.is_empty())
                .map(SecretString::from),
            scope: json.scope.as_ref().and_then(Value::as_str).map(Scopes::parse),
            issued_token_type: json.issued_token_type,
        })
    }
}

/// Reads a number of seconds, which some servers write as a text.
fn seconds(value: &Value) -> Option<u64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    // The conversion saturates, and a negative number has passed.
    (!number.is_nan()).then_some(number as u64)
}

fn malformed(expected: &str) -> AuthError {
    AuthError::new(
        AuthErrorKind::Token,
        format!("expected {expected} from the authorization server, got something else"),
    )
}
