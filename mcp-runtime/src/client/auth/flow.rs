//! The steps that obtain a token.

use std::sync::Arc;

use reqwest::{Certificate, Url};

use super::callback::Callback;
use super::code::{AuthorizationRequest, check_pkce};
use super::credentials::{Credentials, Form};
use super::discovery::{Discovered, DpopSupport, discover};
use super::dpop::Prover;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Client, Http};
use super::login::{CodeSource, How, Login, OpenUrl};
use super::machine::{MachineGrant, MachineRequest};
use super::registration::{Registration, stored_redirect};
use super::scopes::{OFFLINE_ACCESS, Scopes};
use super::storage::StorageKey;
use super::tokens::{Asked, Grant};
use super::{device, exchange::TokenResponse};
use crate::auth::challenge::Challenge;
use crate::auth::safe_client::{Reach, is_loopback};

/// URI of a login whose response a person or a test brings back.
const MANUAL_REDIRECT: &str = "http://127.0.0.1:3117/callback";

/// Largest number of denied requests that are remembered.
const MAX_DENIED: usize = 32;

/// The settings of a login and its server, which stay the same for all tokens.
pub(crate) struct Flow {
    pub(crate) login: Login,
    pub(crate) server: Url,
    pub(crate) http: Http,
}

/// State that the flows of a client share.
#[derive(Default)]
pub(crate) struct FlowState {
    denied: Vec<Scopes>,
}

impl FlowState {
    /// Returns `true` if the scopes were denied before.
    pub(crate) fn is_denied(&self, scopes: &Scopes) -> bool {
        self.denied.iter().any(|denied| scopes.contains_all(denied))
    }

    pub(crate) fn deny(&mut self, scopes: Scopes) {
        if self.denied.len() < MAX_DENIED {
            self.denied.push(scopes);
        }
    }
}

impl Flow {
    /// Creates the flow of a login at a server. `roots` are root certificates beside those of the system.
    ///
    /// # Errors
    /// [`AuthErrorKind::Configuration`] for a URL over which no token may be sent.
    pub(crate) fn new(
        login: Login,
        server: Url,
        roots: Vec<Certificate>,
    ) -> Result<Self, AuthError> {
        if server.scheme() != "https" && !is_loopback(&server) {
            let message =
                "expected a server at https, or at this machine, because tokens are secret";
            return Err(AuthError::new(AuthErrorKind::Configuration, message));
        }
        let issuer = login.expected_issuer().and_then(|issuer| Url::parse(issuer).ok());
        let reach = match Reach::of(&server) {
            _ if login.reaches_private => Reach::PrivateToo,
            Reach::Public => issuer.as_ref().map_or(Reach::Public, Reach::of),
            reach => reach,
        };
        Ok(Self { login, server, http: Http::new(reach, roots)? })
    }

    /// Returns `true` if the login consists of what is stored.
    pub(crate) fn is_stored(&self) -> bool {
        matches!(self.login.how, How::Stored)
    }

    pub(crate) async fn discover(&self, challenges: &[Challenge]) -> Result<Discovered, AuthError> {
        let expected = self.login.expected_issuer();
        let mut found = discover(&self.http, &self.server, challenges, expected).await?;
        if self.login.requires_dpop {
            found.dpop = DpopSupport::Required;
        }
        Ok(found)
    }

    /// Chooses the scopes of a login: those of the challenge, or else all that the resource names, beside
    /// those of earlier logins and of the application.
    pub(crate) fn select_scopes(
        &self,
        discovered: &Discovered,
        challenged: &Scopes,
        earlier: &Scopes,
    ) -> Scopes {
        let mut scopes = earlier.clone().union(challenged);
        if challenged.is_empty() && earlier.is_empty() {
            let supported = discovered.scopes_supported.iter().flatten();
            scopes = Scopes::of(supported.map(String::as_str));
        }
        scopes = scopes.union(&self.login.scopes);
        let supported = discovered.server.scopes_supported.iter().flatten();
        let is_interactive = !matches!(self.login.how, How::Machine(_));
        // Alone it would replace the default scopes.
        if is_interactive
            && !scopes.is_empty()
            && supported.into_iter().any(|scope| scope == OFFLINE_ACCESS)
        {
            scopes = scopes.union(&Scopes::parse(OFFLINE_ACCESS));
        }
        scopes
    }

    /// Returns a stored token that allows what the server asks for.
    pub(crate) async fn stored(
        &self,
        discovered: &Arc<Discovered>,
        challenged: &Scopes,
    ) -> Result<Option<Grant>, AuthError> {
        let stored = self.loaded(discovered).await?;
        Ok(stored.filter(|grant| grant.satisfies(discovered, challenged)))
    }

    /// Returns the stored token, also if the server requires another one by now.
    pub(crate) async fn loaded(
        &self,
        discovered: &Arc<Discovered>,
    ) -> Result<Option<Grant>, AuthError> {
        if matches!(self.login.how, How::Machine(_)) {
            return Ok(None);
        }
        let key = StorageKey::tokens(discovered.issuer(), &discovered.resource);
        let Some(text) = self.login.storage.load(&key).await? else { return Ok(None) };
        let known = self.login.known_credentials(discovered.issuer())?;
        let document = self.login.document_credentials();
        Ok(Grant::from_stored(&text, discovered, known, document))
    }

    /// Returns `true` if a token can be renewed without a user.
    pub(crate) fn can_renew(&self, grant: &Grant) -> bool {
        grant.refresh_token.is_some() || matches!(self.login.how, How::Machine(_))
    }

    /// Renews a token, and stores the new one. Another process may have done so meanwhile; then its token is
    /// returned with `true`, because it may be that of another user.
    ///
    /// # Errors
    /// [`AuthErrorKind::LoginRequired`] if another process has logged out meanwhile, among others.
    pub(crate) async fn renew(&self, grant: &Grant) -> Result<(Grant, bool), AuthError> {
        if grant.refresh_token.is_none() {
            let grant = self.log_in(&grant.discovered, grant.requested.clone()).await?;
            return Ok((grant, false));
        }
        let _one_process = self.login.storage.lock().await?;
        let stored = self.loaded(&grant.discovered).await?;
        if self.is_stored() && stored.is_none() {
            return Err(AuthError::login_required(&self.server, &grant.requested));
        }
        let is_newer = |it: &Grant| {
            let is_enough = it.satisfies(&grant.discovered, &grant.requested);
            (is_enough || self.is_stored()) && !it.has_token_of(grant)
        };
        match stored.filter(is_newer) {
            Some(newer) if !newer.expires() => Ok((newer, true)),
            // The older refresh token may be that of another user, or was used already.
            Some(newer) if newer.refresh_token.is_some() || self.is_stored() => {
                Ok((self.refresh(&newer).await?, true))
            }
            _ => Ok((self.refresh(grant).await?, false)),
        }
    }

    /// Exchanges a refresh token, while the storage is locked, and stores the new token.
    async fn refresh(&self, grant: &Grant) -> Result<Grant, AuthError> {
        let Some(refresh_token) = &grant.refresh_token else {
            return Err(AuthError::login_required(&self.server, &grant.requested));
        };
        let form = Form::grant("refresh_token")
            .with("refresh_token", secrecy::ExposeSecret::expose_secret(refresh_token))
            .with("resource", &grant.discovered.resource);
        let client = Client {
            server: &grant.discovered.server,
            credentials: &grant.credentials,
            prover: grant.prover.as_deref(),
        };
        let response = client.tokens(&self.http, form).await;
        if let Err(error) = &response {
            self.forget(&grant.discovered, error, Some(grant)).await?;
        }
        let response = response?;
        let has_scope = response.scope.is_some();
        let asked = Asked {
            discovered: Arc::clone(&grant.discovered),
            credentials: grant.credentials.clone(),
            scopes: grant.requested.clone(),
            prover: grant.prover.clone(),
            requires_dpop: grant.prover.is_some(),
        };
        let mut renewed = asked.granted(response)?;
        // Servers that do not rotate refresh tokens return none, and leave out scopes that stay.
        if renewed.refresh_token.is_none() {
            renewed.refresh_token.clone_from(&grant.refresh_token);
        }
        if !has_scope {
            renewed.granted = grant.granted.clone();
        }
        self.store(&renewed).await?;
        Ok(renewed)
    }

    /// Obtains a token by a login, and stores it.
    pub(crate) async fn log_in(
        &self,
        discovered: &Arc<Discovered>,
        scopes: Scopes,
    ) -> Result<Grant, AuthError> {
        if self.is_stored() {
            return Err(AuthError::login_required(&self.server, &scopes));
        }
        let uses_dpop = discovered.dpop >= DpopSupport::Supported;
        let prover = uses_dpop.then(Prover::generate).transpose()?.map(Arc::new);
        let step = Step { flow: self, discovered, prover: prover.as_deref(), scopes: &scopes };
        let (credentials, response) = match &self.login.how {
            How::Machine(grant) => step.machine(grant).await?,
            user => {
                let login = tokio::time::timeout(self.login.timeout, step.user(user)).await;
                let outcome = login.unwrap_or_else(|_| {
                    let waited = self.login.timeout;
                    let message = format!("the user did not log in within {waited:?}");
                    Err(AuthError::new(AuthErrorKind::Interaction, message))
                });
                if let Err(error) = &outcome {
                    self.forget(discovered, error, None).await?;
                }
                outcome?
            }
        };
        let asked = Asked {
            discovered: Arc::clone(discovered),
            credentials,
            scopes,
            prover,
            requires_dpop: discovered.dpop == DpopSupport::Required,
        };
        let grant = asked.granted(response)?;
        if !matches!(self.login.how, How::Machine(_)) {
            self.store_new(&grant).await?;
        }
        Ok(grant)
    }

    /// Removes what an authorization server does not know any more: a refresh token, unless another process
    /// has stored a newer one, and a registered client. A page that reports an unknown client does not
    /// redirect, so the client is also registered anew if the user did not come back.
    async fn forget(
        &self,
        discovered: &Discovered,
        error: &AuthError,
        grant: Option<&Grant>,
    ) -> Result<(), AuthError> {
        let storage = &self.login.storage;
        if let (Some("invalid_grant"), Some(grant)) = (error.code.as_deref(), grant) {
            let key = StorageKey::tokens(discovered.issuer(), &discovered.resource);
            let stored = storage.load(&key).await?;
            if stored.is_some_and(|stored| grant.is_stored_as(&stored)) {
                storage.remove(&key).await?;
            }
        }
        let is_unknown =
            matches!(error.code.as_deref(), Some("invalid_client" | "unauthorized_client"));
        if is_unknown || error.kind == AuthErrorKind::Interaction {
            storage.remove(&StorageKey::registration(discovered.issuer())).await?;
        }
        Ok(())
    }

    /// Stores the token of a login, after other processes have renewed the one that it replaces.
    pub(crate) async fn store_new(&self, grant: &Grant) -> Result<(), AuthError> {
        let _one_process = self.login.storage.lock().await?;
        self.store(grant).await
    }

    async fn store(&self, grant: &Grant) -> Result<(), AuthError> {
        let key = StorageKey::tokens(grant.discovered.issuer(), &grant.discovered.resource);
        self.login.storage.save(&key, grant.to_stored()).await
    }
}

/// A login at an authorization server.
struct Step<'a> {
    flow: &'a Flow,
    discovered: &'a Discovered,
    prover: Option<&'a Prover>,
    scopes: &'a Scopes,
}

impl Step<'_> {
    async fn machine(
        &self,
        grant: &MachineGrant,
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        let request = MachineRequest {
            http: &self.flow.http,
            login: &self.flow.login,
            discovered: self.discovered,
            prover: self.prover,
            scopes: self.scopes,
        };
        request.send(grant).await
    }

    async fn user(&self, how: &How) -> Result<(Credentials, TokenResponse), AuthError> {
        match how {
            How::Browser { open } => self.browser(open).await,
            How::Source { source, is_pasted } => self.source(source, *is_pasted).await,
            How::Device { show } => self.device(&**show).await,
            How::Machine(grant) => self.machine(grant).await,
            How::Stored => Err(AuthError::login_required(&self.flow.server, self.scopes)),
        }
    }

    /// Returns the credentials of this client.
    async fn register(&self, redirect_uri: Option<&Url>) -> Result<Credentials, AuthError> {
        let registration = Registration {
            http: &self.flow.http,
            login: &self.flow.login,
            discovered: self.discovered,
            redirect_uri: redirect_uri.map(Url::as_str),
        };
        registration.credentials().await
    }

    fn request(
        &self,
        credentials: &Credentials,
        redirect_uri: &Url,
    ) -> Result<AuthorizationRequest, AuthError> {
        let http = &self.flow.http;
        AuthorizationRequest::new(http, self.discovered, credentials, redirect_uri, self.scopes)
    }

    async fn browser(&self, open: &OpenUrl) -> Result<(Credentials, TokenResponse), AuthError> {
        check_pkce(self.discovered)?;
        let login = &self.flow.login;
        let before = stored_redirect(login, self.discovered.issuer()).await;
        let mut callback = Callback::listen(login.redirect_uri.as_deref(), before).await?;
        let credentials = match self.register(Some(&callback.redirect_uri)).await {
            Err(error)
                if error.code.as_deref() == Some("invalid_redirect_uri")
                    && login.redirect_uri.is_none() =>
            {
                callback.by_name()?;
                self.register(Some(&callback.redirect_uri)).await?
            }
            registered => registered?,
        };
        let request = self.request(&credentials, &callback.redirect_uri)?;
        if let Err(error) = open(request.url.as_str()) {
            tracing::warn!(target: "mcp_runtime::client", "{error}");
            eprintln!("To log in, open {}", request.url);
        }
        let response = callback.response(&request).await?;
        self.exchange(credentials, request.accept(&response)?).await
    }

    async fn source(
        &self,
        source: &CodeSource,
        is_pasted: bool,
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        check_pkce(self.discovered)?;
        let redirect_uri = self.flow.login.redirect_uri.as_deref().unwrap_or(MANUAL_REDIRECT);
        let redirect_uri = Url::parse(redirect_uri).map_err(|_| {
            let message = format!("expected a URL as `redirect_uri`, got `{redirect_uri}`");
            AuthError::new(AuthErrorKind::Configuration, message)
        })?;
        if redirect_uri.scheme() != "https" && !exchange_loopback(&redirect_uri) {
            let message = format!(
                "expected a `redirect_uri` of https or at this machine, got `{redirect_uri}`"
            );
            return Err(AuthError::new(AuthErrorKind::Configuration, message));
        }
        let credentials = self.register(Some(&redirect_uri)).await?;
        let request = self.request(&credentials, &redirect_uri)?;
        let text = source(request.url.to_string()).await?;
        let response = request.response(&text, is_pasted)?;
        self.exchange(credentials, request.accept(&response)?).await
    }

    async fn device(
        &self,
        show: &(dyn Fn(&device::DeviceCode) + Send + Sync),
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        let credentials = self.register(None).await?;
        let client = self.client(&credentials);
        let resource = &self.discovered.resource;
        let tokens = device::log_in(&self.flow.http, client, resource, self.scopes, show).await?;
        Ok((credentials, tokens))
    }

    fn client<'a>(&'a self, credentials: &'a Credentials) -> Client<'a> {
        Client { server: &self.discovered.server, credentials, prover: self.prover }
    }

    async fn exchange(
        &self,
        credentials: Credentials,
        form: Form,
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        let tokens = self.client(&credentials).tokens(&self.flow.http, form).await?;
        Ok((credentials, tokens))
    }
}

/// Returns `true` for a URI of this machine.
fn exchange_loopback(url: &Url) -> bool {
    url.scheme() == "http" && is_loopback(url)
}
