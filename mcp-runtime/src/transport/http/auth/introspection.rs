//! Tokens that the authorization server is asked about.
//!
//! Specification: [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662).

use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use url::{Url, form_urlencoded};

use super::builder::Auth;
use super::claims::{Expected, Provider};
use super::clock::now;
use super::verifier::{AccessToken, TokenError, TokenVerifier};
use crate::auth::safe_client::{Reach, SafeClient, SafeRequest};
use crate::context::principal::Principal;

/// The number of requests to the endpoint at a time. Requests with unknown tokens cost no more.
const MAX_REQUESTS: usize = 32;

/// Asks the authorization server about access tokens. See [`Auth::introspection`].
///
/// A token that was found valid is not asked about again for a short time ([`Auth::cache_time`]).
pub struct Introspection {
    issuers: [String; 1],
    endpoint: Option<Url>,
    client_id: String,
    client_secret: SecretString,
    client_ids: Vec<String>,
    is_in_private_network: bool,
    http: OnceLock<Result<SafeClient, String>>,
    requests: Semaphore,
}

impl Introspection {
    pub(super) fn new(
        issuer: String,
        endpoint: Option<Url>,
        client_id: String,
        client_secret: String,
    ) -> Self {
        Self {
            issuers: [issuer],
            endpoint,
            client_id,
            client_secret: client_secret.into(),
            client_ids: Vec::new(),
            is_in_private_network: false,
            http: OnceLock::new(),
            requests: Semaphore::new(MAX_REQUESTS),
        }
    }

    /// Asks the endpoint. Returns the claims of a token that is active.
    async fn ask(&self, token: AccessToken<'_>) -> Result<Map<String, Value>, TokenError> {
        let endpoint = self.endpoint.clone();
        let endpoint = endpoint.ok_or_else(|| TokenError::unavailable("there is no endpoint"))?;
        let http = self.http.get_or_init(|| {
            let reach = match self.is_in_private_network {
                true => Reach::PrivateToo,
                false => Reach::of(&endpoint),
            };
            SafeClient::new(reach).map_err(|error| error.to_string())
        });
        let http = http.as_ref().map_err(|reason| TokenError::unavailable(reason.clone()))?;
        let form = [("token", token.as_str()), ("token_type_hint", "access_token")];
        let request = SafeRequest::form(endpoint, form).header(AUTHORIZATION, self.basic());
        // The semaphore is never closed.
        let _place = self.requests.acquire().await;
        let response = http.send(request).await;
        let response = response.map_err(|error| TokenError::unavailable(error.to_string()))?;
        if response.status != 200 {
            let reason = format!("the introspection endpoint responds {}", response.status);
            return Err(TokenError::unavailable(reason));
        }
        let answer: Map<String, Value> =
            response.json().map_err(|error| TokenError::unavailable(error.to_string()))?;
        match answer.get("active") {
            Some(Value::Bool(true)) => Ok(answer),
            Some(Value::Bool(false)) => Err(TokenError::invalid("it is not active")),
            _ => {
                Err(TokenError::unavailable("the introspection endpoint responds without `active`"))
            }
        }
    }

    /// Credentials of this server, in the form of RFC 6749 §2.3.1.
    fn basic(&self) -> HeaderValue {
        let encode =
            |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
        let secret = self.client_secret.expose_secret();
        let pair = STANDARD.encode(format!("{}:{}", encode(&self.client_id), encode(secret)));
        // Base64 is always a valid value.
        let mut value = HeaderValue::try_from(format!("Basic {pair}"))
            .unwrap_or_else(|_| HeaderValue::from_static("Basic"));
        value.set_sensitive(true);
        value
    }
}

impl TokenVerifier for Introspection {
    async fn verify(
        &self,
        token: AccessToken<'_>,
        resource: &str,
    ) -> Result<Principal, TokenError> {
        let claims = self.ask(token).await?;
        let expected = Expected {
            issuers: &self.issuers,
            audiences: &[resource],
            client_ids: &self.client_ids,
            // The endpoint has decided already.
            skew: Duration::from_secs(60),
            provider: Provider::Standard,
            is_jwt: false,
        };
        expected.principal(claims, now()).map_err(TokenError::invalid)
    }
}

impl std::fmt::Debug for Introspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Introspection").field("issuer", &self.issuers[0]).finish_non_exhaustive()
    }
}

impl Auth<Introspection> {
    /// Accepts tokens without `aud` that were issued to one of these clients, for endpoints whose answers
    /// have no audience. This is weaker: a token that a client has got for another server is accepted as
    /// well.
    pub fn client_ids(mut self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.verifier.client_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Allows an endpoint in a private network, such as `10.0.0.0/8`.
    pub fn private_network(mut self) -> Self {
        self.verifier.is_in_private_network = true;
        self
    }
}
