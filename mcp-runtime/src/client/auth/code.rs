//! The authorization code flow: the request, the response, and its exchange for tokens.
//!
//! Specification: [Authorization flow](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization#authorization-flow-steps),
//! [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636), [RFC 9207](https://www.rfc-editor.org/rfc/rfc9207).

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::credentials::{Credentials, Form};
use super::discovery::Discovered;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Http, endpoint};
use super::jwt::{encoded, random_text};
use super::scopes::Scopes;
use crate::shorten::shorten;

/// An authorization request whose response is awaited. It is made before the browser is opened, and has
/// all that the response is compared with.
pub(crate) struct AuthorizationRequest {
    /// URL that the browser opens.
    pub(crate) url: Url,
    redirect_uri: Url,
    /// Issuer of the metadata that names the endpoint.
    issuer: String,
    announces_issuer: bool,
    state: String,
    verifier: SecretString,
    resource: String,
}

/// Refuses an authorization server without PKCE.
pub(crate) fn check_pkce(discovered: &Discovered) -> Result<(), AuthError> {
    let methods = discovered.server.code_challenge_methods_supported.as_deref().unwrap_or_default();
    if methods.iter().any(|method| method == "S256") {
        return Ok(());
    }
    Err(AuthError::new(
        AuthErrorKind::Unsupported,
        format!(
            "the metadata of the authorization server does not name `S256` in \
             `code_challenge_methods_supported`{}; without PKCE, codes could be stolen",
            discovered.server.faults.remark("code_challenge_methods_supported")
        ),
    ))
}

impl AuthorizationRequest {
    pub(crate) fn new(
        http: &Http,
        discovered: &Discovered,
        credentials: &Credentials,
        redirect_uri: &Url,
        scopes: &Scopes,
    ) -> Result<Self, AuthError> {
        check_pkce(discovered)?;
        let mut url = endpoint(
            &discovered.server,
            discovered.server.authorization_endpoint.as_deref(),
            "authorization_endpoint",
        )?;
        if !http.allows(&url) {
            return Err(AuthError::new(
                AuthErrorKind::Discovery,
                format!(
                    "expected an `authorization_endpoint` of https, got `{}`",
                    shorten(url.as_str())
                ),
            ));
        }
        let (state, verifier) = (random_text()?, random_text()?);
        url.set_fragment(None);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &credentials.client_id)
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("code_challenge", &encoded(Sha256::digest(verifier.as_bytes())))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", &state)
            .append_pair("resource", &discovered.resource);
        if !scopes.is_empty() {
            query.append_pair("scope", &scopes.to_string());
            if scopes.contains("offline_access") {
                // OpenID Connect issues refresh tokens only with consent.
                query.append_pair("prompt", "consent");
            }
        }
        drop(query);
        Ok(Self {
            url,
            redirect_uri: redirect_uri.clone(),
            issuer: discovered.issuer().to_owned(),
            announces_issuer: discovered.server.authorization_response_iss_parameter_supported,
            state,
            verifier: verifier.into(),
            resource: discovered.resource.clone(),
        })
    }

    /// Returns `true` if a response belongs to this request.
    pub(crate) fn is_answered_by(&self, response: &AuthorizationResponse) -> bool {
        response.state.as_deref() == Some(self.state.as_str())
    }

    /// Parses the URL to which the browser was redirected. If it was copied by a person, its query is
    /// enough.
    pub(crate) fn response(
        &self,
        text: &str,
        is_pasted: bool,
    ) -> Result<AuthorizationResponse, AuthError> {
        let text = text.trim();
        let wrong = || {
            let expected = &self.redirect_uri;
            invalid(format!(
                "expected the URL to which the browser was redirected ({expected}?…), got another text"
            ))
        };
        match Url::parse(text) {
            Ok(url) => {
                let is_ours = url.origin() == self.redirect_uri.origin()
                    && url.path() == self.redirect_uri.path();
                if is_ours {
                    AuthorizationResponse::of_query(url.query().unwrap_or_default())
                } else {
                    Err(wrong())
                }
            }
            Err(_) if is_pasted && text.contains("state=") => {
                AuthorizationResponse::of_query(text.trim_start_matches('?'))
            }
            Err(_) => Err(wrong()),
        }
    }

    /// Validates a response and returns the form that exchanges its code.
    pub(crate) fn accept(&self, response: &AuthorizationResponse) -> Result<Form, AuthError> {
        if !self.is_answered_by(response) {
            return Err(invalid("expected a response with the `state` of this login, got another"));
        }
        // Before the code is sent, and before a text of an unknown server is shown.
        match &response.issuer {
            Some(issuer) if *issuer == self.issuer => {}
            Some(issuer) => {
                return Err(AuthError::new(
                    AuthErrorKind::IssuerMismatch,
                    format!(
                        "expected a response of the authorization server `{}`, got one of `{}`",
                        shorten(&self.issuer),
                        shorten(issuer)
                    ),
                ));
            }
            None if self.announces_issuer => {
                return Err(AuthError::new(
                    AuthErrorKind::IssuerMismatch,
                    "expected a response with `iss`, as the authorization server announces, got one without",
                ));
            }
            None => {}
        }
        if let Some((code, description)) = &response.error {
            return Err(AuthError::of_server(AuthErrorKind::Authorization, code, description));
        }
        let code = response.code.as_ref().filter(|code| !code.expose_secret().is_empty());
        let code =
            code.ok_or_else(|| invalid("expected a response with `code`, got one without"))?;
        Ok(Form::grant("authorization_code")
            .with("code", code.expose_secret())
            .with("redirect_uri", self.redirect_uri.as_str())
            .with("code_verifier", self.verifier.expose_secret())
            .with("resource", &self.resource))
    }
}

/// The response to an authorization request.
pub(crate) struct AuthorizationResponse {
    code: Option<SecretString>,
    state: Option<String>,
    issuer: Option<String>,
    /// Code and description.
    error: Option<(String, String)>,
}

impl AuthorizationResponse {
    /// Parses the query of a URL.
    pub(crate) fn of_query(query: &str) -> Result<Self, AuthError> {
        let mut url =
            Url::parse("http://localhost").map_err(|_| invalid("the query is not valid"))?;
        url.set_query(Some(query));
        let mut found: [Option<String>; 5] = Default::default();
        const NAMES: [&str; 5] = ["code", "state", "iss", "error", "error_description"];
        for (name, value) in url.query_pairs() {
            let Some(index) = NAMES.iter().position(|known| *known == name) else { continue };
            if found[index].replace(value.into_owned()).is_some() {
                return Err(invalid(format!("expected one `{name}` in the response, got several")));
            }
        }
        let [code, state, issuer, error, description] = found;
        Ok(Self {
            code: code.map(SecretString::from),
            state,
            issuer,
            error: error.map(|error| (error, description.unwrap_or_default())),
        })
    }
}

fn invalid(message: impl Into<String>) -> AuthError {
    AuthError::new(AuthErrorKind::Authorization, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::metadata::AuthorizationServer;
    use crate::auth::safe_client::Reach;
    use crate::client::auth::discovery::DpopSupport;

    fn discovered(change: impl FnOnce(&mut AuthorizationServer)) -> Discovered {
        let mut server = AuthorizationServer::without_metadata("https://as.example");
        change(&mut server);
        let resource = "https://mcp.example/mcp".to_owned();
        Discovered { resource, server, scopes_supported: None, dpop: DpopSupport::None }
    }

    fn request(
        change: impl FnOnce(&mut AuthorizationServer),
    ) -> Result<AuthorizationRequest, AuthError> {
        let http = Http::new(Reach::Public, Vec::new()).unwrap();
        let redirect = Url::parse("http://127.0.0.1:7/callback").unwrap();
        let credentials = Credentials::public("me");
        let scopes = Scopes::parse("a b");
        AuthorizationRequest::new(&http, &discovered(change), &credentials, &redirect, &scopes)
    }

    fn accepted(request: &AuthorizationRequest, query: &str) -> Result<String, AuthErrorKind> {
        let query = query.replace("STATE", &request.state);
        let response = request.response(&format!("http://127.0.0.1:7/callback?{query}"), false);
        let form =
            response.and_then(|response| request.accept(&response)).map_err(|error| error.kind)?;
        Ok(String::from_utf8(form.into_bytes()).unwrap())
    }

    #[test]
    fn requests_have_pkce_state_and_resource() {
        let request = request(|_| {}).unwrap();
        let query = |name: &str| {
            let found = request.url.query_pairs().find(|(known, _)| known == name);
            found.map(|(_, value)| value.into_owned())
        };
        assert_eq!(query("resource").as_deref(), Some("https://mcp.example/mcp"));
        assert_eq!(query("code_challenge_method").as_deref(), Some("S256"));
        assert_eq!(query("scope").as_deref(), Some("a b"));
        let form = accepted(&request, "code=c&state=STATE").unwrap();
        assert!(form.contains("&resource=https%3A%2F%2Fmcp.example%2Fmcp"), "{form}");
        let verifier = request.verifier.expose_secret();
        assert!(form.contains(verifier) && verifier.len() >= 43);
        assert_eq!(query("code_challenge").unwrap(), encoded(Sha256::digest(verifier.as_bytes())));
        let other = super::tests::request(|_| {}).unwrap();
        assert!(other.state != request.state && other.verifier.expose_secret() != verifier);
    }

    #[test]
    fn servers_without_pkce_and_pages_that_are_none_are_refused() {
        let refused =
            |change: fn(&mut AuthorizationServer)| request(change).err().map(|error| error.kind);
        assert_eq!(
            refused(|server| server.code_challenge_methods_supported = None),
            Some(AuthErrorKind::Unsupported)
        );
        assert_eq!(
            refused(|server| server.code_challenge_methods_supported = Some(vec!["plain".into()])),
            Some(AuthErrorKind::Unsupported)
        );
        for url in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "http://as.example/a",
            "ftp://as.example/",
            "vbscript:x",
            "ms-settings:x",
            "http://127.0.0.1/a",
            "relative",
        ] {
            let found = request(|server| server.authorization_endpoint = Some(url.to_owned()));
            assert_eq!(
                found.err().map(|error| error.kind),
                Some(AuthErrorKind::Discovery),
                "{url}"
            );
        }
    }

    #[test]
    fn responses_are_validated_before_the_code_is_used() {
        let silent = request(|_| {}).unwrap();
        let announcing =
            request(|server| server.authorization_response_iss_parameter_supported = true).unwrap();
        let check =
            |request: &AuthorizationRequest, query: &str, expected: Option<AuthErrorKind>| {
                assert_eq!(accepted(request, query).err(), expected, "{query}");
            };
        const ISS: &str = "iss=https://as.example";
        check(&announcing, &format!("code=c&state=STATE&{ISS}"), None);
        check(&silent, &format!("code=c&state=STATE&{ISS}"), None);
        let mismatch = Some(AuthErrorKind::IssuerMismatch);
        check(&announcing, "code=c&state=STATE", mismatch);
        for request in [&silent, &announcing] {
            for other in [
                "https://as.example/",
                "https://AS.example",
                "https://as.example:443",
                "",
                "https://evil.example",
                "https://as.example%2f",
            ] {
                check(request, &format!("code=c&state=STATE&iss={other}"), mismatch);
                // The text of an unknown server is not shown.
                check(
                    request,
                    &format!("error=e&error_description=d&state=STATE&iss={other}"),
                    mismatch,
                );
            }
        }
        let invalid = Some(AuthErrorKind::Authorization);
        for query in [
            "code=c",
            "code=c&state=",
            "code=c&state=x",
            "state=STATE",
            "code=&state=STATE",
            "code=c&code=d&state=STATE",
            "code=c&state=STATE&state=STATE",
            "error=access_denied&state=STATE",
            "",
        ] {
            check(&silent, query, invalid);
        }
    }

    #[test]
    fn only_the_redirect_uri_is_a_response() {
        let request = request(|_| {}).unwrap();
        for url in [
            "http://127.0.0.1:8/callback?code=c&state=s",
            "http://127.0.0.1:7/other?code=c",
            "https://127.0.0.1:7/callback?code=c",
            "c",
            "code=c&state=s",
            "",
        ] {
            assert!(request.response(url, false).is_err(), "{url}");
        }
        assert!(request.response(" ?code=c&state=s\n", true).is_ok());
        assert!(request.response("http://localhost:7/callback?code=c&state=s", true).is_err());
    }
}
