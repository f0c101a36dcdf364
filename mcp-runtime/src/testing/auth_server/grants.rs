//! The token endpoint.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::endpoints::refusal;
use super::proof::Presented;
use super::wire::{AuthRequest, AuthResponse};
use super::{IssuedToken, Shared, State};
use crate::client::auth::jwt::{encoded, now};

/// The grant that a code stands for.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) client_id: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) resource: String,
    pub(super) scopes: Vec<String>,
}

/// The reason for which no token is issued.
type Refused = (&'static str, &'static str);

impl Shared {
    /// Answers a request for tokens.
    pub(super) fn token(&self, state: &mut State, request: &AuthRequest) -> AuthResponse {
        let key = match self.key_of(state, request) {
            Ok(key) => key,
            Err("use_dpop_nonce") => {
                return AuthResponse::Nonce(state.nonce.clone().unwrap_or_default());
            }
            Err(error) => return refusal(error, "the proof is not valid"),
        };
        match state.grant(request) {
            Ok((issued, is_renewable)) if issued.key.is_none() || issued.key == key => {
                self.issue(state, IssuedToken { key, ..issued }, is_renewable)
            }
            Ok(_) => refusal("invalid_grant", "the token is bound to another key"),
            Err((error, description)) => refusal(error, description),
        }
    }

    /// Returns the key to which tokens are to be bound.
    fn key_of(
        &self,
        state: &mut State,
        request: &AuthRequest,
    ) -> Result<Option<String>, &'static str> {
        let is_supported = state.metadata.get("dpop_signing_alg_values_supported").is_some();
        let Some(proof) = request.dpop.as_deref().filter(|_| is_supported) else { return Ok(None) };
        let url = format!("{}/token", self.issuer);
        let nonce = state.nonce.as_deref();
        let presented = Presented { proof, method: "POST", url: &url, token: None, nonce };
        presented.check(&mut state.proofs).map(Some)
    }

    fn issue(&self, state: &mut State, issued: IssuedToken, is_renewable: bool) -> AuthResponse {
        let expires_at = now() + state.lifetime;
        let mut claims = json!({
            "iss": self.issuer,
            "sub": issued.subject,
            "aud": issued.resource,
            "client_id": issued.client_id,
            "scope": issued.scopes.join(" "),
            "iat": now(),
            "exp": expires_at,
            "jti": state.unique("token"),
        });
        if let Some(key) = &issued.key {
            claims["cnf"] = json!({ "jkt": key });
        }
        let Ok(token) = self.key.sign(json!({ "typ": "at+jwt" }), &claims) else {
            return refusal("server_error", "the token was not signed");
        };
        let mut response = json!({
            "access_token": token,
            "token_type": if issued.key.is_some() { "DPoP" } else { "Bearer" },
            "expires_in": state.announced_lifetime.unwrap_or(state.lifetime),
            "scope": issued.scopes.join(" "),
        });
        if is_renewable {
            let refresh_token = state.unique("refresh");
            response["refresh_token"] = json!(refresh_token);
            state.refresh_tokens.insert(refresh_token, issued.clone());
        }
        state.tokens.insert(token, (issued, expires_at));
        AuthResponse::Json(200, response)
    }
}

impl State {
    /// Returns what a request is granted, and whether a refresh token belongs to it.
    fn grant(&mut self, request: &AuthRequest) -> Result<(IssuedToken, bool), Refused> {
        let client_id = self.authenticate(request)?;
        match request.parameter("grant_type") {
            "authorization_code" => {
                // A code is used once, also by a request that fails.
                let code = self.codes.remove(request.parameter("code"));
                let code = code.ok_or(("invalid_grant", "the code is not valid"))?;
                let verifier = request.parameter("code_verifier");
                if code.challenge.is_empty() || code.challenge != encoded(Sha256::digest(verifier))
                {
                    return Err(("invalid_grant", "the code verifier does not match"));
                }
                if code.redirect_uri != request.parameter("redirect_uri") {
                    return Err(("invalid_grant", "the redirect URI is another one"));
                }
                self.of_code(code, &client_id, request)
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let code = self.codes.remove(request.parameter("device_code"));
                let code = code.filter(|code| code.challenge.is_empty());
                let code = code.ok_or(("invalid_grant", "the device code is not valid"))?;
                self.of_code(code, &client_id, request)
            }
            "refresh_token" => {
                let issued = self.refresh_tokens.remove(request.parameter("refresh_token"));
                let issued = issued.ok_or(("invalid_grant", "the refresh token is not valid"))?;
                match issued.client_id == client_id {
                    true => Ok((issued, true)),
                    false => Err(("invalid_grant", "the refresh token is of another client")),
                }
            }
            "client_credentials" => Ok((self.of_machine(client_id, request), false)),
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                let assertion = request.parameter("assertion");
                match self.assertions.iter().any(|known| known == assertion) {
                    true => Ok((self.of_machine(client_id, request), false)),
                    false => Err(("invalid_grant", "the assertion is not known")),
                }
            }
            _ => Err(("unsupported_grant_type", "the grant is not supported")),
        }
    }

    /// Revokes a token; with a refresh token, also the access tokens of the same login (RFC 7009).
    pub(super) fn revoke(&mut self, request: &AuthRequest) -> AuthResponse {
        let client_id = match self.authenticate(request) {
            Ok(client_id) => client_id,
            Err((error, description)) => return refusal(error, description),
        };
        let token = request.parameter("token");
        if let Some(revoked) = self.refresh_tokens.remove(token) {
            self.tokens.retain(|_, (issued, _)| *issued != revoked);
        }
        self.tokens.retain(|text, (issued, _)| text != token || issued.client_id != client_id);
        AuthResponse::Json(200, json!({}))
    }

    fn of_code(
        &self,
        code: Code,
        client_id: &str,
        request: &AuthRequest,
    ) -> Result<(IssuedToken, bool), Refused> {
        if code.client_id != client_id {
            return Err(("invalid_grant", "the code is of another client"));
        }
        if code.resource != request.parameter("resource") {
            return Err(("invalid_target", "the resource is another one"));
        }
        let (subject, client_id) = (self.subject.clone(), code.client_id);
        let (resource, scopes) = (code.resource, code.scopes);
        Ok((IssuedToken { subject, client_id, resource, scopes, key: None }, true))
    }

    fn of_machine(&self, client_id: String, request: &AuthRequest) -> IssuedToken {
        IssuedToken {
            subject: client_id.clone(),
            client_id,
            resource: request.parameter("resource").to_owned(),
            scopes: self.granted(request.parameter("scope")),
            key: None,
        }
    }

    /// Returns the client, if it proves to be the one that it names.
    fn authenticate(&self, request: &AuthRequest) -> Result<String, Refused> {
        let assertion = request.parameter("client_assertion");
        if !assertion.is_empty() {
            let wrong = ("invalid_client", "the assertion of the client is wrong");
            return self.asserted(assertion).ok_or(wrong);
        }
        let basic = request.authorization.as_deref().and_then(basic);
        let of_form = (request.parameter("client_id"), request.parameter("client_secret"));
        let (client_id, secret) =
            basic.unwrap_or_else(|| (of_form.0.to_owned(), of_form.1.to_owned()));
        let expected = self.clients.get(&client_id).cloned().flatten().unwrap_or_default();
        if secret != expected {
            return Err(("invalid_client", "the secret of the client is wrong"));
        }
        Ok(client_id)
    }
}

impl State {
    /// Returns the client that an assertion names (`private_key_jwt`). Keys of clients are not known here,
    /// so signatures are not verified.
    fn asserted(&self, assertion: &str) -> Option<String> {
        let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&payload).ok()?;
        let is_current = claims["exp"].as_u64()? > now() && claims["jti"].is_string();
        let is_for_us = claims["aud"] == self.metadata["issuer"];
        let client = claims["sub"].as_str()?;
        (is_current && is_for_us && claims["iss"] == client).then(|| client.to_owned())
    }
}

/// Reads the header of `client_secret_basic`.
fn basic(header: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(header.strip_prefix("Basic ")?).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned())
    };
    Some((decode(client_id)?, decode(secret)?))
}
