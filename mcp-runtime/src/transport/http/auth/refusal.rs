//! Responses to requests without a valid token.

use http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, Response, StatusCode};

use super::credentials::Scheme;
use super::dpop::{self, DPOP_NONCE};
use crate::transport::http::challenge::Challenge;
use crate::transport::http::response::{HttpBody, Rejection};

/// A refused request: what is wrong with it, and how clients can get what is missing.
#[derive(Debug)]
pub(in crate::transport::http) struct Refusal {
    pub(super) status: StatusCode,
    /// Error of RFC 6750 or RFC 9449; empty if the request has no credentials.
    pub(super) error: &'static str,
    pub(super) description: String,
    pub(super) schemes: &'static [Scheme],
    pub(super) scope: String,
    pub(super) metadata_url: String,
    pub(super) nonce: Option<String>,
}

impl Refusal {
    /// Returns `true` if the token is valid but has too few scopes.
    pub(in crate::transport::http) fn lacks_scopes(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// Adds scopes to the challenge.
    pub(in crate::transport::http) fn add_scopes<'a>(
        &mut self,
        scopes: impl Iterator<Item = &'a str>,
    ) {
        for scope in scopes {
            if !self.scope.split(' ').any(|known| known == scope) {
                self.scope = format!("{} {scope}", self.scope).trim_start().to_owned();
            }
        }
    }

    /// Creates the response. If the body is `unread`, the connection cannot be reused.
    pub(in crate::transport::http) fn into_response(self, unread: bool) -> Response<HttpBody> {
        let message = match self.error {
            "" => {
                "the request has no access token; send it in the header `Authorization`".to_owned()
            }
            error => format!("{error}: {}", self.description),
        };
        let mut response = Rejection::new(self.status, message).into_response(unread);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            return response;
        }
        self.add_challenges(headers);
        if let Some(nonce) = self.nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            headers.insert(DPOP_NONCE, nonce);
        }
        response
    }

    /// Adds the challenges to the headers of a response, in place of those that it has.
    pub(in crate::transport::http) fn add_challenges(&self, headers: &mut HeaderMap) {
        headers.remove(WWW_AUTHENTICATE);
        for scheme in self.schemes {
            headers.append(WWW_AUTHENTICATE, self.challenge(*scheme).into_value());
        }
    }

    fn challenge(&self, scheme: Scheme) -> Challenge {
        let challenge = match scheme {
            Scheme::Bearer => Challenge::new("Bearer"),
            Scheme::Dpop => Challenge::new("DPoP"),
        };
        let challenge = challenge
            .with("error", self.error)
            .with("error_description", &self.description)
            .with("scope", &self.scope)
            .with("resource_metadata", &self.metadata_url);
        match scheme {
            Scheme::Bearer => challenge,
            Scheme::Dpop => challenge.with("algs", &dpop::algorithms().join(" ")),
        }
    }
}
