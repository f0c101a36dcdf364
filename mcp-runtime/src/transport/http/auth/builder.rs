//! Settings of the access to a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::name::is_scope;
use url::Url;

use super::introspection::Introspection;
use super::jwt::Jwt;
use super::static_tokens::StaticTokens;
use super::verifier::{AnyVerifier, TokenVerifier};
use crate::auth::keys;
use crate::auth::safe_client::is_loopback;
use crate::context::principal::Principal;
use crate::server::builder::Server;

/// Access of clients to a server over HTTP. See [`Server::require_auth`].
///
/// `V` verifies access tokens. Most verifiers are [`NoAudience`] at first, and only
/// [`audience`](Auth::audience) turns them into one that a server takes: a token that was issued for another
/// server must not open this one.
///
/// ```
/// use mcp_runtime::Server;
/// use mcp_runtime::authorization::Auth;
///
/// let auth = Auth::jwt("https://login.example.com")
///     .audience("https://mcp.example.com/mcp")
///     .scopes_supported(["files:read", "files:write"])
///     .required_scopes(["files:read"]);
/// let server = Server::new("files", "1.0.0").require_auth(auth);
/// # drop(server);
/// ```
///
/// ```compile_fail,E0277
/// # use mcp_runtime::{authorization::Auth, Server};
/// // Without an audience there is no verifier.
/// Server::new("files", "1.0.0").require_auth(Auth::jwt("https://login.example.com"));
/// ```
#[must_use]
pub struct Auth<V = Unset> {
    pub(super) verifier: V,
    pub(super) common: Common,
}

/// Placeholder of a verifier in the functions that create one, such as [`Auth::jwt`].
#[derive(Debug)]
pub struct Unset;

/// A verifier without an audience, which verifies nothing.
#[derive(Debug)]
pub struct NoAudience<V>(pub(super) V);

/// Settings that do not depend on the verifier.
#[derive(Clone, Debug)]
pub(super) struct Common {
    /// Identifier of the server as a resource: its URL. Absent for static tokens.
    pub(super) resource: Option<String>,
    pub(super) authorization_servers: Vec<String>,
    pub(super) scopes_supported: Vec<String>,
    pub(super) required_scopes: Vec<String>,
    pub(super) resource_name: Option<String>,
    pub(super) documentation: Option<String>,
    pub(super) metadata_url: Option<String>,
    pub(super) cache_time: Duration,
    pub(super) requires_dpop: bool,
    pub(super) has_nonces: bool,
    /// `true` for tokens that are stored in a program.
    pub(super) is_for_development: bool,
    pub(super) is_allowed_in_service: bool,
    pub(super) faults: Vec<String>,
}

impl Common {
    fn new(cache_time: Duration) -> Self {
        Self {
            resource: None,
            authorization_servers: Vec::new(),
            scopes_supported: Vec::new(),
            required_scopes: Vec::new(),
            resource_name: None,
            documentation: None,
            metadata_url: None,
            cache_time,
            requires_dpop: false,
            has_nonces: false,
            is_for_development: false,
            is_allowed_in_service: false,
            faults: Vec::new(),
        }
    }

    /// Parses a URL of the configuration, which is https, or http on the machine itself.
    pub(super) fn url(&mut self, setting: &str, url: &str) -> Option<Url> {
        let parsed = Url::parse(url).ok().filter(|parsed| {
            let is_safe =
                parsed.scheme() == "https" || (parsed.scheme() == "http" && is_loopback(parsed));
            is_safe
                && parsed.has_host()
                && parsed.fragment().is_none()
                && parsed.username().is_empty()
                && parsed.password().is_none()
        });
        if parsed.is_none() {
            self.faults.push(format!(
                "{setting}: expected a URL of https (or of http on this machine) without user name and \
                 fragment, such as `https://login.example.com`, got `{url}`"
            ));
        }
        parsed
    }
}

/// Time for which a verified token is not verified again.
const CACHE_TIME: Duration = Duration::from_secs(60);

impl Auth {
    /// Access with tokens that are signed by an authorization server (JSON Web Tokens).
    ///
    /// The issuer is the URL in the claim `iss`, byte for byte. The keys are found through its metadata
    /// ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414) or OpenID Connect Discovery), and fetched again
    /// when a token has an unknown one.
    pub fn jwt(issuer: impl Into<String>) -> Auth<NoAudience<Jwt>> {
        let issuer = issuer.into();
        let mut common = Common::new(CACHE_TIME);
        common.url("Auth::jwt", &issuer);
        common.authorization_servers.push(issuer.clone());
        Auth { verifier: NoAudience(Jwt::new(issuer)), common }
    }

    /// Access with tokens that the authorization server is asked about (token introspection,
    /// [RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)), such as opaque ones.
    ///
    /// This server authenticates at the endpoint with its own client id and secret. The answer has to
    /// contain `aud`.
    pub fn introspection(
        issuer: impl Into<String>,
        endpoint: impl AsRef<str>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Auth<NoAudience<Introspection>> {
        let issuer = issuer.into();
        let mut common = Common::new(Duration::from_secs(30));
        common.url("Auth::introspection, issuer", &issuer);
        let endpoint = common.url("Auth::introspection, endpoint", endpoint.as_ref());
        common.authorization_servers.push(issuer.clone());
        let verifier = Introspection::new(issuer, endpoint, client_id.into(), client_secret.into());
        Auth { verifier: NoAudience(verifier), common }
    }

    /// Access with a verifier of your own. See [`TokenVerifier`].
    pub fn verifier<V: TokenVerifier>(verifier: V) -> Auth<NoAudience<V>> {
        Auth { verifier: NoAudience(verifier), common: Common::new(Duration::ZERO) }
    }

    /// Access with tokens that are stored in the program, for development. Each has its principal.
    ///
    /// A server with them starts only on a loopback address. There is no authorization server, so clients
    /// cannot log in; the token is set in their configuration.
    ///
    /// ```
    /// use mcp_runtime::authorization::Auth;
    /// use mcp_runtime::{Principal, Server};
    ///
    /// let auth = Auth::static_tokens([("a secret", Principal::new("ann").scoped(["files:read"]))]);
    /// let server = Server::new("files", "1.0.0").require_auth(auth);
    /// # drop(server);
    /// ```
    pub fn static_tokens(
        tokens: impl IntoIterator<Item = (impl AsRef<str>, Principal)>,
    ) -> Auth<StaticTokens> {
        let mut common = Common::new(Duration::ZERO);
        common.is_for_development = true;
        let verifier = StaticTokens::new(tokens, &mut common.faults);
        Auth { verifier, common }
    }
}

impl<V> Auth<NoAudience<V>> {
    /// Sets the identifier of this server as a resource: the URL of its endpoint as clients reach it, such as
    /// `https://mcp.example.com/mcp`, behind a proxy too.
    ///
    /// Only tokens that were issued for it are accepted (claim `aud`). The metadata of the server contains it,
    /// and clients compare it with the URL that they connect to.
    pub fn audience(self, resource: impl Into<String>) -> Auth<V> {
        let Self { verifier: NoAudience(verifier), mut common } = self;
        let resource = resource.into();
        common.url("Auth::audience", &resource);
        common.resource = Some(resource);
        Auth { verifier, common }
    }
}

impl Auth<StaticTokens> {
    /// Allows [`Server::into_service`], which does not know the addresses that its router listens on. Only
    /// for a router on a loopback address.
    pub fn allow_in_service(mut self) -> Self {
        self.common.is_allowed_in_service = true;
        self
    }
}

impl<V> Auth<V> {
    /// Sets all scopes of the server, for its metadata.
    pub fn scopes_supported(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.common.scopes_supported = self.scopes("scopes_supported", scopes);
        self
    }

    /// Sets the scopes that every request requires.
    pub fn required_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.common.required_scopes = self.scopes("required_scopes", scopes);
        self
    }

    fn scopes(
        &mut self,
        setting: &str,
        scopes: impl IntoIterator<Item = impl Into<String>>,
    ) -> Vec<String> {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        for scope in &scopes {
            if !is_scope(scope) {
                self.common.faults.push(format!(
                    "Auth::{setting}: expected scopes without spaces and quotes, got `{scope}`"
                ));
            }
            if scope == "offline_access" {
                self.common.faults.push(format!(
                    "Auth::{setting}: `offline_access` is a matter of clients and authorization servers; \
                     leave it out"
                ));
            }
        }
        scopes
    }

    /// Sets the authorization servers in the metadata; the issuer of the tokens by default.
    pub fn authorization_servers(
        mut self,
        issuers: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let issuers: Vec<String> = issuers.into_iter().map(Into::into).collect();
        for issuer in &issuers {
            self.common.url("Auth::authorization_servers", issuer);
        }
        self.common.authorization_servers = issuers;
        self
    }

    /// Sets the name of the server for people, in its metadata.
    pub fn resource_name(mut self, name: impl Into<String>) -> Self {
        self.common.resource_name = Some(name.into());
        self
    }

    /// Sets the URL of a page for developers, in the metadata.
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.common.documentation = Some(url.into());
        self
    }

    /// Sets the URL of the metadata in challenges. By default it is the well-known one of the
    /// [audience](Auth::audience), such as
    /// `https://mcp.example.com/.well-known/oauth-protected-resource/mcp`. See also
    /// [`McpService::protected_resource_metadata`](crate::http::McpService::protected_resource_metadata).
    pub fn metadata_url(mut self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.common.url("Auth::metadata_url", &url);
        self.common.metadata_url = Some(url);
        self
    }

    /// Sets the time for which a verified token is not verified again; a minute for JWTs, 30 seconds for
    /// introspection, and none for verifiers of your own. A token is never accepted after it has expired.
    pub fn cache_time(mut self, time: Duration) -> Self {
        self.common.cache_time = time;
        self
    }

    /// Requires proofs of possession (DPoP, [RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)): a stolen
    /// token is of no use without the key of its client. Without this, proofs are verified for tokens that
    /// are bound to a key.
    pub fn require_dpop(mut self) -> Self {
        self.common.requires_dpop = true;
        self
    }

    /// Requires a recent nonce of the server in proofs of possession, so that they cannot be made in advance.
    pub fn dpop_nonces(mut self) -> Self {
        self.common.has_nonces = true;
        self
    }
}

impl<V> fmt::Debug for Auth<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth").field("resource", &self.common.resource).finish_non_exhaustive()
    }
}

/// Settings of the access to a server, with a verifier of any type.
#[derive(Clone)]
pub(in crate::transport::http) struct AuthSettings {
    pub(super) common: Arc<Common>,
    pub(super) verifier: Arc<dyn AnyVerifier>,
}

impl fmt::Debug for AuthSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthSettings").finish_non_exhaustive()
    }
}

impl Server {
    /// Requires an access token of every request over HTTP. The last call wins.
    ///
    /// The token is taken from the header `Authorization`. A request without a valid one gets status 401
    /// with a challenge that leads clients to the authorization server, through the metadata of this server,
    /// which is served as well (see [`Auth::audience`]). Handlers find the sender in
    /// [`Context::principal`](crate::Context::principal); the header itself is removed. Requests over stdio
    /// are not affected: there, the environment of the process contains credentials.
    ///
    /// ```no_run
    /// use mcp_runtime::authorization::Auth;
    /// use mcp_runtime::http::HttpConfig;
    /// use mcp_runtime::prelude::*;
    ///
    /// /// The name of the caller.
    /// #[tool]
    /// async fn whoami(caller: Principal) -> String {
    ///     caller.subject().unwrap_or_default().to_owned()
    /// }
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), mcp_runtime::Error> {
    ///     Server::new("demo", "1.0.0")
    ///         .with::<whoami>()
    ///         .http(HttpConfig::local().public_hosts(["mcp.example.com"]))
    ///         .require_auth(
    ///             Auth::jwt("https://login.example.com").audience("https://mcp.example.com/mcp"),
    ///         )
    ///         .serve_http("127.0.0.1:8000")
    ///         .await
    /// }
    /// ```
    #[must_use]
    pub fn require_auth<V: TokenVerifier>(mut self, auth: Auth<V>) -> Self {
        keys::install_provider();
        let Auth { verifier, common } = auth;
        self.requires_auth = true;
        self.transports
            .insert(AuthSettings { common: Arc::new(common), verifier: Arc::new(verifier) });
        self
    }
}
