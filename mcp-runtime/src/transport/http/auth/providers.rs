//! Settings for providers of identities.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value};
use url::Url;

use super::builder::{Auth, NoAudience};
use super::claims::{Expected, Provider};
use super::clock::now;
use super::jwt::Jwt;
use super::verifier::{AccessToken, TokenError, TokenVerifier};
use crate::auth::safe_client::{Reach, SafeClient, SafeRequest};
use crate::context::principal::Principal;

impl Auth {
    fn provider(issuer: String, provider: Provider) -> Auth<NoAudience<Jwt>> {
        let mut auth = Self::jwt(issuer);
        auth.verifier.0.provider = provider;
        auth
    }

    /// Access with tokens of Auth0, for a domain such as `tenant.eu.auth0.com` or a custom one.
    ///
    /// - The issuer ends with a slash, in tokens and in metadata.
    /// - The audience is the identifier of the API in the dashboard; register it as the URL of this server.
    ///   A client that asks for no audience gets an opaque token, which is refused.
    /// - The permissions of a user (RBAC) are in `permissions`. They count as scopes here.
    pub fn auth0(domain: impl AsRef<str>) -> Auth<NoAudience<Jwt>> {
        Self::provider(format!("https://{}/", host(domain.as_ref())), Provider::Auth0)
    }

    /// Access with tokens of Microsoft Entra ID, for a tenant: its id, not its name.
    ///
    /// - Tokens of version 1 have the issuer `https://sts.windows.net/TENANT/`, those of version 2
    ///   `https://login.microsoftonline.com/TENANT/v2.0`, whatever endpoint has issued them; the manifest
    ///   of the application decides (`requestedAccessTokenVersion`). Both are accepted.
    /// - The audience is the id of the application (version 2) or its URI `api://…` (version 1), not the
    ///   URL of this server. Set them with [`token_audiences`](Auth::token_audiences).
    /// - Scopes of a user are in `scp`; roles of an application that acts for itself are in `roles`, and
    ///   count as scopes if there are none.
    /// - `sub` differs between applications; the claim `oid` is the same for all of them.
    /// - `common` and `organizations` are no tenants: their tokens have issuers of any tenant.
    pub fn entra(tenant: impl AsRef<str>) -> Auth<NoAudience<Jwt>> {
        let tenant = tenant.as_ref();
        let base = "https://login.microsoftonline.com";
        let mut auth = Self::provider(format!("{base}/{tenant}/v2.0"), Provider::Entra);
        let is_id = tenant.len() == 36
            && tenant.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if !is_id {
            auth.common.faults.push(format!(
                "Auth::entra: expected the id of a tenant, such as \
                 `00000000-0000-0000-0000-000000000000`, got `{tenant}`"
            ));
        }
        let jwt = &mut auth.verifier.0;
        jwt.issuers.push(format!("https://sts.windows.net/{tenant}/"));
        jwt.key_set_url = Url::parse(&format!("{base}/{tenant}/discovery/v2.0/keys")).ok();
        auth
    }

    /// Access with access tokens of Google, for the ids of your OAuth clients.
    ///
    /// - Access tokens are opaque. Google has no introspection endpoint; its endpoint `tokeninfo` is asked,
    ///   whose answers have numbers in strings. ID tokens are JWTs, but they are not for APIs.
    /// - The audience of a token is the id of a client, never the URL of a server. So every server of these
    ///   clients accepts it.
    /// - Clients need the scope `openid`, without which a token has no subject.
    pub fn google(
        client_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Auth<NoAudience<TokenInfo>> {
        let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
        let Auth { mut common, verifier: NoAudience(_) } = Self::jwt(GOOGLE);
        if client_ids.is_empty() {
            common.faults.push("Auth::google: expected the id of at least one client".to_owned());
        }
        Auth { verifier: NoAudience(TokenInfo::new(client_ids, TOKEN_INFO)), common }
    }

    /// Access with tokens of Keycloak, for the URL of the server, such as `https://id.example.com`, and a
    /// realm.
    ///
    /// - Servers before version 17 have `/auth` at the end of their URL.
    /// - By default the audience is `account`; a client needs a mapper of the kind "Audience" with the URL of
    ///   this server.
    /// - The issuer is the URL under which a client has reached Keycloak, unless its option `hostname` is
    ///   set.
    /// - ID tokens and refresh tokens have the same signature; `typ` in the claims tells them apart.
    pub fn keycloak(server: impl AsRef<str>, realm: impl AsRef<str>) -> Auth<NoAudience<Jwt>> {
        let server = server.as_ref().trim_end_matches('/');
        Self::provider(format!("{server}/realms/{}", realm.as_ref()), Provider::Keycloak)
    }

    /// Access with tokens of Okta, for a domain such as `company.okta.com` and the id of a custom
    /// authorization server, such as `default`.
    ///
    /// - The authorization server of the organization itself (an issuer without `/oauth2/…`) issues tokens
    ///   that only Okta can verify.
    /// - The audience is that of the authorization server; set it to the URL of this server, or name it with
    ///   [`token_audiences`](Auth::token_audiences).
    /// - Scopes are an array, `scp`; the client is in `cid`; `sub` is the login of the user, which can
    ///   change, and `uid` is its id.
    pub fn okta(
        domain: impl AsRef<str>,
        authorization_server: impl AsRef<str>,
    ) -> Auth<NoAudience<Jwt>> {
        let server = authorization_server.as_ref();
        let mut auth = Self::provider(
            format!("https://{}/oauth2/{server}", host(domain.as_ref())),
            Provider::Standard,
        );
        if server.is_empty() {
            auth.common.faults.push(
                "Auth::okta: expected the id of an authorization server, such as `default`; tokens of the \
                 organization itself cannot be verified"
                    .to_owned(),
            );
        }
        auth
    }

    /// Access with tokens of Amazon Cognito, for a region such as `eu-central-1` and the id of a user pool.
    ///
    /// - Access tokens have `aud` only if the client has sent `resource` (resource binding). For others,
    ///   [`client_ids`](Auth::client_ids) accepts those of your clients, which is weaker.
    /// - ID tokens have the same signature; `token_use` tells them apart.
    /// - Scopes of your own begin with the identifier of a resource server:
    ///   `https://mcp.example.com/mcp/read`.
    /// - The endpoints for logging in are on another host than the issuer.
    pub fn cognito(region: impl AsRef<str>, user_pool: impl AsRef<str>) -> Auth<NoAudience<Jwt>> {
        let (region, pool) = (region.as_ref(), user_pool.as_ref());
        let issuer = format!("https://cognito-idp.{region}.amazonaws.com/{pool}");
        Self::provider(issuer, Provider::Cognito)
    }

    /// Access with tokens of WorkOS AuthKit, for its domain, such as `company.authkit.app`.
    ///
    /// - The audience is the URL of this server only if it is registered as a resource indicator;
    ///   otherwise it is the id of the environment (`client_…`), for
    ///   [`token_audiences`](Auth::token_audiences).
    /// - Client id metadata documents and dynamic registration have to be turned on for MCP clients.
    /// - Tokens may have no scopes; `permissions`, `role` and `org_id` are claims.
    pub fn workos(domain: impl AsRef<str>) -> Auth<NoAudience<Jwt>> {
        Self::provider(format!("https://{}", host(domain.as_ref())), Provider::Standard)
    }
}

/// The host of a domain that may be given as a URL.
fn host(domain: &str) -> &str {
    domain.strip_prefix("https://").unwrap_or(domain).trim_end_matches('/')
}

const GOOGLE: &str = "https://accounts.google.com";
const TOKEN_INFO: &str = "https://oauth2.googleapis.com/tokeninfo";

/// Asks Google about access tokens. See [`Auth::google`].
pub struct TokenInfo {
    client_ids: Vec<String>,
    endpoint: String,
    http: OnceLock<Result<SafeClient, String>>,
}

impl TokenInfo {
    pub(super) fn new(client_ids: Vec<String>, endpoint: &str) -> Self {
        Self { client_ids, endpoint: endpoint.to_owned(), http: OnceLock::new() }
    }

    async fn ask(&self, token: AccessToken<'_>) -> Result<Map<String, Value>, TokenError> {
        let unavailable =
            |error: &dyn std::fmt::Display| TokenError::unavailable(error.to_string());
        let endpoint = Url::parse(&self.endpoint).map_err(|error| unavailable(&error))?;
        let http = self.http.get_or_init(|| {
            SafeClient::new(Reach::of(&endpoint)).map_err(|error| error.to_string())
        });
        let http = http.as_ref().map_err(|reason| unavailable(reason))?;
        let request = SafeRequest::form(endpoint, [("access_token", token.as_str())]);
        let response = http.send(request).await.map_err(|error| unavailable(&error))?;
        match response.status {
            200 => response.json().map_err(|error| unavailable(&error)),
            400 | 401 => Err(TokenError::invalid("Google does not know it, or it has expired")),
            status => Err(unavailable(&format!("the endpoint responds {status}"))),
        }
    }
}

impl TokenVerifier for TokenInfo {
    async fn verify(&self, token: AccessToken<'_>, _: &str) -> Result<Principal, TokenError> {
        let mut claims = self.ask(token).await?;
        for name in ["exp", "iat", "nbf"] {
            let number = claims.get(name).and_then(Value::as_str).map(str::parse::<i64>);
            match number {
                Some(Ok(number)) => drop(claims.insert(name.to_owned(), number.into())),
                Some(Err(_)) => return Err(TokenError::invalid("its time is no number")),
                None => {}
            }
        }
        // Every token expires, and without a time it could not be cached.
        if !claims.contains_key("exp") {
            return Err(TokenError::invalid("it has no time of expiry"));
        }
        if !claims.contains_key("sub") {
            return Err(TokenError::invalid("it has no subject; request the scope openid"));
        }
        let audiences: Vec<&str> = self.client_ids.iter().map(String::as_str).collect();
        let expected = Expected {
            issuers: &[GOOGLE.to_owned()],
            audiences: &audiences,
            client_ids: &[],
            skew: Duration::ZERO,
            provider: Provider::Standard,
            is_jwt: false,
        };
        expected.principal(claims, now()).map_err(TokenError::invalid)
    }
}

impl Auth<TokenInfo> {
    /// Sets the URL of the endpoint, which is that of Google by default; for tests and proxies.
    pub fn token_info_url(mut self, url: impl AsRef<str>) -> Self {
        let url = self.common.url("Auth::token_info_url", url.as_ref());
        self.verifier.endpoint = url.map(String::from).unwrap_or_default();
        self
    }
}

impl std::fmt::Debug for TokenInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenInfo").field("client_ids", &self.client_ids).finish_non_exhaustive()
    }
}
