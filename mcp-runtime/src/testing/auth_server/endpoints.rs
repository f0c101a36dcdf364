//! The endpoints of the server, apart from that of tokens.

use serde_json::{Value, json};

use super::grants::Code;
use super::wire::{AuthRequest, AuthResponse};
use super::{Shared, State};
use crate::client::reqwest::Url;

/// An error as RFC 6749 writes it.
pub(super) fn refusal(error: &str, description: &str) -> AuthResponse {
    let status = if error == "invalid_client" { 401 } else { 400 };
    AuthResponse::Json(status, json!({ "error": error, "error_description": description }))
}

impl Shared {
    /// Answers a request.
    pub(super) fn answer(&self, request: AuthRequest) -> AuthResponse {
        let mut state = self.state();
        state.requests.push(request.clone());
        let failures = state.failures.get_mut(&request.path);
        if let Some((status, document)) = failures.and_then(std::collections::VecDeque::pop_front) {
            let error = document["error"].as_str().unwrap_or_default();
            return match request.path.as_str() {
                "/authorize" => state.redirect(&request, &[("error", error)]),
                _ => AuthResponse::Json(status, document),
            };
        }
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/.well-known/oauth-authorization-server") => {
                AuthResponse::Json(200, state.metadata.clone())
            }
            ("GET", "/jwks") => AuthResponse::Json(200, json!({ "keys": [self.jwk()] })),
            ("POST", "/register") => state.register(&request.json),
            ("GET", "/authorize") => state.authorize(&request),
            ("POST", "/device") => state.device(&request, &self.issuer),
            ("POST", "/revoke") => state.revoke(&request),
            ("POST", "/token") => self.token(&mut state, &request),
            _ => AuthResponse::Json(404, json!({ "error": "not_found" })),
        }
    }

    fn jwk(&self) -> Value {
        let mut jwk = self.key.public_jwk();
        jwk["kid"] = json!("test");
        jwk["alg"] = json!("ES256");
        jwk["use"] = json!("sig");
        jwk
    }
}

impl State {
    /// Returns a text that was not used before.
    pub(super) fn unique(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}-{}", self.next)
    }

    fn register(&mut self, metadata: &Value) -> AuthResponse {
        if !metadata["redirect_uris"].is_array() {
            return refusal("invalid_redirect_uri", "expected `redirect_uris`");
        }
        let method =
            metadata["token_endpoint_auth_method"].as_str().unwrap_or("client_secret_basic");
        let client_id = self.unique("client");
        let secret = (method != "none").then(|| self.unique("secret"));
        self.clients.insert(client_id.clone(), secret.clone());
        let mut registered = metadata.clone();
        registered["client_id"] = json!(client_id);
        if let Some(secret) = secret {
            registered["client_secret"] = json!(secret);
        }
        AuthResponse::Json(201, registered)
    }

    /// Returns the scopes among the requested ones that exist.
    pub(super) fn granted(&self, requested: &str) -> Vec<String> {
        let exists = |scope: &&str| {
            self.scopes.as_ref().is_none_or(|known| known.iter().any(|known| known == scope))
        };
        requested.split_ascii_whitespace().filter(exists).map(str::to_owned).collect()
    }

    /// Returns `true` for a client that may ask for codes. Documents of clients are not fetched.
    fn knows(&self, client_id: &str) -> bool {
        let is_document = self.metadata["client_id_metadata_document_supported"] == json!(true);
        self.clients.contains_key(client_id) || is_document && client_id.starts_with("https://")
    }

    fn authorize(&mut self, request: &AuthRequest) -> AuthResponse {
        let required = ["code_challenge", "state", "redirect_uri", "resource"];
        if let Some(missing) = required.into_iter().find(|name| request.parameter(name).is_empty())
        {
            return refusal("invalid_request", &format!("expected `{missing}`"));
        }
        if !self.knows(request.parameter("client_id")) {
            return refusal("invalid_client", "the client is not registered");
        }
        if request.parameter("code_challenge_method") != "S256" {
            return refusal("invalid_request", "expected the code challenge method `S256`");
        }
        let code = self.unique("code");
        let granted = Code {
            client_id: request.parameter("client_id").to_owned(),
            redirect_uri: request.parameter("redirect_uri").to_owned(),
            challenge: request.parameter("code_challenge").to_owned(),
            resource: request.parameter("resource").to_owned(),
            scopes: self.granted(request.parameter("scope")),
        };
        self.codes.insert(code.clone(), granted);
        self.redirect(request, &[("code", &code)])
    }

    /// Redirects to the client.
    fn redirect(&self, request: &AuthRequest, parameters: &[(&str, &str)]) -> AuthResponse {
        let Ok(mut url) = Url::parse(request.parameter("redirect_uri")) else {
            return refusal("invalid_request", "expected a URL as `redirect_uri`");
        };
        let mut query = url.query_pairs_mut();
        query.extend_pairs(parameters).append_pair("state", request.parameter("state"));
        if let Some(issuer) = &self.response_issuer {
            query.append_pair("iss", issuer);
        }
        drop(query);
        AuthResponse::Redirect(url.into())
    }

    fn device(&mut self, request: &AuthRequest, issuer: &str) -> AuthResponse {
        let device_code = self.unique("device");
        let granted = Code {
            client_id: request.parameter("client_id").to_owned(),
            redirect_uri: String::new(),
            challenge: String::new(),
            resource: request.parameter("resource").to_owned(),
            scopes: self.granted(request.parameter("scope")),
        };
        self.codes.insert(device_code.clone(), granted);
        let document = json!({
            "device_code": device_code,
            "user_code": "WDJB-MJHT",
            "verification_uri": format!("{issuer}/enter"),
            "expires_in": 600,
            "interval": 1,
        });
        AuthResponse::Json(200, document)
    }
}
