//! An authorization server in memory.

mod endpoints;
mod grants;
mod proof;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::net::TcpListener;

use crate::client::auth::jwt::now;
use crate::client::auth::{Login, SigningKey};
use crate::client::reqwest::{self, header::LOCATION, redirect};
use crate::owned_task::OwnedTask;

use proof::Presented;
pub use wire::AuthRequest;

/// An authorization server on this machine, for tests: it publishes metadata and keys, registers clients,
/// and issues tokens to users who agree at once. It ends when it is dropped.
///
/// ```
/// use mcp_runtime::testing::AuthServer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = AuthServer::start().await?;
/// server.scopes(["files:read", "files:write"]);
/// // For `Client::http(url).login(…)`:
/// let login = server.login();
/// # drop(login);
/// # Ok(())
/// # }
/// ```
///
/// Access tokens are JWT, signed with ES256 by the key at `/jwks`, with the claims `iss`, `sub`, `aud` (the
/// resource), `client_id`, `scope`, `iat`, `exp` and `jti`.
pub struct AuthServer {
    shared: Arc<Shared>,
    _serving: OwnedTask,
}

impl fmt::Debug for AuthServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthServer").field("issuer", &self.shared.issuer).finish_non_exhaustive()
    }
}

/// A token that an [`AuthServer`] issued and that is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedToken {
    /// User.
    pub subject: String,
    /// Client that obtained it.
    pub client_id: String,
    /// Resource for which it was issued.
    pub resource: String,
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// Thumbprint of the key to which it is bound.
    pub key: Option<String>,
}

struct Shared {
    issuer: String,
    key: SigningKey,
    state: Mutex<State>,
}

/// Settings, and what was issued.
struct State {
    metadata: Value,
    subject: String,
    scopes: Option<Vec<String>>,
    lifetime: u64,
    announced_lifetime: Option<u64>,
    response_issuer: Option<String>,
    clients: BTreeMap<String, Option<String>>,
    assertions: Vec<String>,
    codes: BTreeMap<String, grants::Code>,
    refresh_tokens: BTreeMap<String, IssuedToken>,
    tokens: BTreeMap<String, (IssuedToken, u64)>,
    failures: BTreeMap<String, VecDeque<(u16, Value)>>,
    requests: Vec<AuthRequest>,
    nonce: Option<String>,
    /// Ids of proofs.
    proofs: BTreeSet<String>,
    /// Number of the next client, code or token.
    next: u64,
}

impl AuthServer {
    /// Starts a server at a free port.
    ///
    /// # Errors
    /// The error of the system, if there is no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let issuer = format!("http://{}", listener.local_addr()?);
        let (key, _) = SigningKey::generate().map_err(io::Error::other)?;
        let state = State {
            metadata: metadata(&issuer),
            subject: "user".to_owned(),
            scopes: None,
            lifetime: 3600,
            announced_lifetime: None,
            response_issuer: Some(issuer.clone()),
            clients: BTreeMap::new(),
            assertions: Vec::new(),
            codes: BTreeMap::new(),
            refresh_tokens: BTreeMap::new(),
            tokens: BTreeMap::new(),
            failures: BTreeMap::new(),
            requests: Vec::new(),
            nonce: None,
            proofs: BTreeSet::new(),
            next: 1,
        };
        let shared = Arc::new(Shared { issuer, key: key.id("test"), state: Mutex::new(state) });
        let serving = Arc::clone(&shared);
        let serving = OwnedTask::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    if let Ok(request) = wire::read(&mut stream).await {
                        let response = shared.answer(request);
                        // A client that left needs no answer.
                        let _ = wire::write(stream, response).await;
                    }
                });
            }
        });
        Ok(Self { shared, _serving: serving })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// Returns the issuer, which is the URL of the server.
    pub fn issuer(&self) -> &str {
        &self.shared.issuer
    }

    /// Returns a login whose user agrees at once.
    pub fn login(&self) -> Login {
        Login::headless(|url| async move { Self::agree(&url).await })
    }

    /// Opens the page of an authorization request as a user who agrees, and returns the URL to which the
    /// server redirects.
    ///
    /// # Errors
    /// The error of the connection, or the answer of a server that does not redirect.
    pub async fn agree(url: &str) -> io::Result<String> {
        let client = reqwest::Client::builder().redirect(redirect::Policy::none()).build();
        let response = client.map_err(io::Error::other)?.get(url).send().await;
        let response = response.map_err(io::Error::other)?;
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        match location {
            Some(location) => Ok(location.to_owned()),
            None => {
                let message = format!("expected a redirect, got status {}", response.status());
                Err(io::Error::other(message))
            }
        }
    }

    /// Returns the metadata of a resource that accepts tokens of this server, for
    /// `/.well-known/oauth-protected-resource`.
    pub fn protected_resource(&self, resource: &str) -> Value {
        json!({ "resource": resource, "authorization_servers": [self.shared.issuer] })
    }

    /// Returns a token, if it is one of this server that is valid now. A token that is bound to a key is
    /// valid with a proof only; see [`verify_bound`](Self::verify_bound).
    pub fn verify(&self, token: &str) -> Option<IssuedToken> {
        let state = self.state();
        let (issued, expires_at) = state.tokens.get(token)?;
        (*expires_at > now()).then(|| issued.clone())
    }

    /// Returns a token that is bound to a key, if a request proves that it has the key (DPoP). With a nonce,
    /// the proof has to contain it.
    ///
    /// # Errors
    /// The error code of RFC 9449: `invalid_token`, `invalid_dpop_proof` or `use_dpop_nonce`.
    pub fn verify_bound(
        &self,
        token: &str,
        proof: &str,
        (method, url): (&str, &str),
        nonce: Option<&str>,
    ) -> Result<IssuedToken, &'static str> {
        let issued = self.verify(token).ok_or("invalid_token")?;
        let presented = Presented { proof, method, url, token: Some(token), nonce };
        let key = presented.check(&mut self.state().proofs)?;
        if issued.key.as_deref() == Some(&key) { Ok(issued) } else { Err("invalid_token") }
    }

    /// Returns the requests that were received so far.
    pub fn requests(&self) -> Vec<AuthRequest> {
        self.state().requests.clone()
    }

    /// Returns the requests to a path, such as `/token`.
    pub fn requests_to(&self, path: &str) -> Vec<AuthRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.path == path);
        requests
    }

    /// Sets the user who agrees.
    pub fn subject(&self, subject: impl Into<String>) {
        self.state().subject = subject.into();
    }

    /// Sets the scopes that exist. Others are not granted. By default, all are.
    pub fn scopes<T: Into<String>>(&self, scopes: impl IntoIterator<Item = T>) {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        let mut state = self.state();
        state.metadata["scopes_supported"] = json!(scopes);
        state.scopes = Some(scopes);
    }

    /// Sets the lifetime of access tokens. One hour by default.
    pub fn token_lifetime(&self, lifetime: Duration) {
        self.state().lifetime = lifetime.as_secs();
    }

    /// Sets the lifetime that responses name, if it differs.
    pub fn announced_lifetime(&self, lifetime: Duration) {
        self.state().announced_lifetime = Some(lifetime.as_secs());
    }

    /// Binds tokens to the keys of clients that offer proofs (DPoP). With a nonce, proofs have to contain it.
    pub fn dpop(&self, nonce: Option<&str>) {
        let mut state = self.state();
        state.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
        state.nonce = nonce.map(str::to_owned);
    }

    /// Registers a client, with a secret or without one.
    pub fn client(&self, client_id: impl Into<String>, secret: Option<&str>) {
        self.state().clients.insert(client_id.into(), secret.map(str::to_owned));
    }

    /// Accepts an assertion in the grant `jwt-bearer`.
    pub fn assertion(&self, assertion: impl Into<String>) {
        self.state().assertions.push(assertion.into());
    }

    /// Changes the metadata, also to what no server should publish.
    pub fn metadata(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.state().metadata);
    }

    /// Sets `iss` of authorization responses; `None` leaves it out.
    pub fn response_issuer(&self, issuer: Option<&str>) {
        self.state().response_issuer = issuer.map(str::to_owned);
    }

    /// Answers the next request to a path, such as `/token` or `/authorize`, with an error.
    pub fn fail_next(&self, path: impl Into<String>, error: &str) {
        let status = if error == "invalid_client" { 401 } else { 400 };
        let failure = json!({ "error": error, "error_description": "as the test asked for" });
        self.answer_next(path, status, failure);
    }

    /// Answers the next request to a path with any status and document.
    pub fn answer_next(&self, path: impl Into<String>, status: u16, document: Value) {
        self.state().failures.entry(path.into()).or_default().push_back((status, document));
    }

    /// Revokes all access tokens.
    pub fn revoke_tokens(&self) {
        self.state().tokens.clear();
    }

    /// Revokes all refresh tokens.
    pub fn revoke_refresh_tokens(&self) {
        self.state().refresh_tokens.clear();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "registration_endpoint": format!("{issuer}/register"),
        "device_authorization_endpoint": format!("{issuer}/device"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": [
            "authorization_code", "refresh_token", "client_credentials",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "client_id_metadata_document_supported": true,
        "authorization_response_iss_parameter_supported": true,
    })
}
