//! The tokens of one client: which one a request carries, and what follows when a server refuses it.
//!
//! A request takes the current token. If the server refuses it, the request waits for the lock of the
//! flow, and then uses the token that another request obtained meanwhile, or obtains one itself: by
//! renewing, from the storage, or by a login. So there is one flow at a time, however many requests wait.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Certificate, StatusCode, Url};
use secrecy::ExposeSecret as _;
use tokio::sync::OwnedMutexGuard;

use super::error::{AuthError, AuthErrorKind};
use super::exchange::{DPOP, DPOP_NONCE, secret_header};
use super::flow::{Flow, FlowState};
use super::login::Login;
use super::scopes::Scopes;
use super::tokens::Grant;
use crate::auth::challenge::Challenge;
use crate::client::clock::{Pause, Pauses};
use crate::shorten::line;

/// Largest number of times that one request is sent again with another token.
const MAX_ATTEMPTS: u32 = 6;

/// Authorizes the requests of a client.
pub(crate) struct Authorizer {
    flow: Arc<Flow>,
    state: Arc<tokio::sync::Mutex<FlowState>>,
    current: Arc<Mutex<Current>>,
    /// `true` once a stored token was looked for before the first request.
    is_restored: AtomicBool,
    /// While a user logs in, no server is late.
    pauses: OnceLock<Arc<Pauses>>,
}

/// The token that requests carry.
#[derive(Default)]
struct Current {
    grant: Option<Arc<Grant>>,
    generation: u64,
    /// Number of users so far, as far as this client can tell.
    logins: u64,
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer").finish_non_exhaustive()
    }
}

/// The attempts of one request so far.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    total: u32,
    has_nonce: bool,
    was_renewed: bool,
    step_ups: u32,
    /// `true` if a login took place for this request.
    has_logged_in: bool,
}

/// The part of a refusal that decides what follows.
pub(crate) struct Refusal<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    /// Number of the token that the request carried; 0 for none.
    pub(crate) token: u64,
    /// `true` if the request is worth a login.
    pub(crate) may_log_in: bool,
}

impl Refusal<'_> {
    fn challenges(&self) -> Vec<Challenge> {
        let headers = self.headers.get_all(WWW_AUTHENTICATE).iter();
        headers
            .flat_map(|value| Challenge::parse(&String::from_utf8_lossy(value.as_bytes())))
            .collect()
    }
}

impl Authorizer {
    /// Creates an authorizer for the server at a URL. `roots` are root certificates beside those of the
    /// system.
    ///
    /// # Errors
    /// [`AuthErrorKind::Configuration`] for a URL over which no token may be sent.
    pub(crate) fn new(
        login: Login,
        server: Url,
        roots: Vec<Certificate>,
    ) -> Result<Self, AuthError> {
        Ok(Self {
            flow: Arc::new(Flow::new(login, server, roots)?),
            state: Arc::default(),
            current: Arc::default(),
            is_restored: AtomicBool::new(false),
            pauses: OnceLock::new(),
        })
    }

    /// Sets where the time of logins is counted.
    pub(crate) fn set_pauses(&self, pauses: &Arc<Pauses>) {
        self.pauses.get_or_init(|| Arc::clone(pauses));
    }

    /// Returns the number of logins so far, which stands for the user in caches.
    pub(crate) fn logins(&self) -> u64 {
        self.current().logins
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn grant(&self) -> Option<Arc<Grant>> {
        self.current().grant.clone()
    }

    /// Adds the token to the headers of a request, if there is one. Returns its number, or 0.
    pub(crate) async fn authorize(
        &self,
        method: &str,
        url: &Url,
        headers: &mut HeaderMap,
    ) -> Result<u64, AuthError> {
        headers.remove(AUTHORIZATION);
        if url.origin() != self.flow.server.origin() {
            return Ok(0);
        }
        self.restore().await?;
        let Some(grant) = self.fresh_grant().await? else { return Ok(0) };
        let token = grant.access_token.expose_secret();
        let scheme = if grant.prover.is_some() { "DPoP" } else { "Bearer" };
        headers.insert(AUTHORIZATION, secret_header(&format!("{scheme} {token}"))?);
        if let Some(prover) = &grant.prover {
            headers.insert(DPOP, secret_header(&prover.proof(method, url, Some(token))?)?);
        }
        Ok(grant.generation)
    }

    /// Loads the token of [`Login::stored`] before the first request. If the server cannot be asked for its
    /// authorization server yet, its challenge leads there.
    async fn restore(&self) -> Result<(), AuthError> {
        if !self.flow.is_stored() || self.is_restored.load(Ordering::Acquire) {
            return Ok(());
        }
        let _pause = self.pause();
        let _one_flow = self.state.lock().await;
        if self.is_restored.load(Ordering::Acquire) {
            return Ok(());
        }
        match self.flow.discover(&[]).await {
            Ok(discovered) => {
                let discovered = Arc::new(discovered);
                let stored = self.flow.stored(&discovered, &Scopes::default()).await?;
                if let Some(stored) = stored {
                    install(&self.current, stored, true);
                }
            }
            Err(error) => {
                tracing::debug!(target: "mcp_runtime::client", "no stored token was used: {error}");
            }
        }
        self.is_restored.store(true, Ordering::Release);
        Ok(())
    }

    /// Returns the current token, after it was renewed if it is about to expire.
    async fn fresh_grant(&self) -> Result<Option<Arc<Grant>>, AuthError> {
        let Some(grant) = self.grant().filter(|grant| grant.expires()) else {
            return Ok(self.grant());
        };
        if !self.flow.can_renew(&grant) {
            return Ok(Some(grant));
        }
        let state = Arc::clone(&self.state).lock_owned().await;
        match self.grant() {
            Some(current) if current.generation == grant.generation => {}
            other => return Ok(other),
        }
        match self.renew(state, &grant, false).await {
            Ok(grant) => Ok(Some(grant)),
            // The token is tried once more, and the server decides.
            Err((_, error)) if error.is_refusal() || !grant.has_expired() => {
                tracing::debug!(target: "mcp_runtime::client", "a token was not renewed: {error}");
                Ok(Some(grant))
            }
            Err((_, error)) => Err(error),
        }
    }

    /// Renews a token in a task of its own: a request that is dropped must not lose the new refresh token,
    /// because the old one is no longer valid. `is_stored` if it may be that of another user.
    async fn renew(
        &self,
        state: OwnedMutexGuard<FlowState>,
        grant: &Arc<Grant>,
        is_stored: bool,
    ) -> Result<Arc<Grant>, (OwnedMutexGuard<FlowState>, AuthError)> {
        let (flow, grant) = (Arc::clone(&self.flow), Arc::clone(grant));
        let current = Arc::clone(&self.current);
        let renewing = tokio::spawn(async move {
            match flow.renew(&grant).await {
                Ok((renewed, is_other)) => Ok(install(&current, renewed, is_stored || is_other)),
                Err(error) => Err((state, error)),
            }
        });
        match renewing.await {
            Ok(outcome) => outcome,
            Err(_) => {
                let error =
                    AuthError::new(AuthErrorKind::Token, "renewing the token was interrupted");
                Err((Arc::clone(&self.state).lock_owned().await, error))
            }
        }
    }

    /// Stores the nonce that a server gives for the next proof.
    pub(crate) fn received(&self, url: &Url, headers: &HeaderMap) -> bool {
        let nonce = headers.get(DPOP_NONCE).and_then(|nonce| nonce.to_str().ok());
        match (self.grant().and_then(|grant| grant.prover.clone()), nonce) {
            (Some(prover), Some(nonce)) => prover.store_nonce(url, nonce),
            _ => false,
        }
    }

    /// Handles a refusal. Returns `true` if the request is to be sent again. `has_nonce` is `true` if the
    /// response had a new nonce.
    pub(crate) async fn refused(
        &self,
        refusal: Refusal<'_>,
        has_nonce: bool,
        attempts: &mut Attempts,
    ) -> Result<bool, AuthError> {
        let challenges = refusal.challenges();
        let has_error = |error: &str| {
            challenges.iter().any(|challenge| challenge.parameter("error") == Some(error))
        };
        attempts.total += 1;
        if attempts.total > MAX_ATTEMPTS {
            return Err(refused(&challenges));
        }
        if refusal.status == StatusCode::UNAUTHORIZED {
            let wants_nonce = has_nonce && has_error("use_dpop_nonce");
            if wants_nonce && !std::mem::replace(&mut attempts.has_nonce, true) {
                return Ok(true);
            }
            if !refusal.may_log_in {
                return Ok(false);
            }
            self.unauthorized(refusal.token, &challenges, attempts).await?;
            return Ok(true);
        }
        if refusal.token == 0 || !refusal.may_log_in || !has_error("insufficient_scope") {
            return Ok(false);
        }
        self.step_up(refusal.token, &challenges, attempts).await
    }

    /// Obtains another token than the one that was refused.
    async fn unauthorized(
        &self,
        token: u64,
        challenges: &[Challenge],
        attempts: &mut Attempts,
    ) -> Result<(), AuthError> {
        if attempts.has_logged_in {
            return Err(refused(challenges));
        }
        let _pause = self.pause();
        let mut state = Arc::clone(&self.state).lock_owned().await;
        let old = self.grant();
        if old.as_ref().is_some_and(|grant| grant.generation != token) {
            return Ok(());
        }
        let discovered = Arc::new(self.flow.discover(challenges).await?);
        let same = old.as_ref().filter(|grant| {
            grant.discovered.issuer() == discovered.issuer()
                && grant.discovered.resource == discovered.resource
        });
        if let Some(grant) = same
            && grant.refresh_token.is_some()
            && !std::mem::replace(&mut attempts.was_renewed, true)
        {
            match self.renew(state, grant, false).await {
                Ok(_) => return Ok(()),
                Err((_, error)) if !error.is_refusal() => return Err(error),
                Err((unused, _)) => state = unused,
            }
        }
        let challenged = scopes_of(challenges);
        // Of an earlier process, or of another one that renewed the token meanwhile.
        if let Some(stored) = self.flow.stored(&discovered, &challenged).await?
            && old.as_ref().is_none_or(|old| !old.has_token_of(&stored))
        {
            if !stored.expires() {
                // It may be that of another user.
                install(&self.current, stored, true);
                return Ok(());
            }
            if self.flow.can_renew(&stored) {
                attempts.was_renewed = true;
                match self.renew(state, &Arc::new(stored), true).await {
                    Ok(_) => return Ok(()),
                    Err((unused, _)) => state = unused,
                }
            }
        }
        let earlier = same.map(|grant| grant.requested.clone()).unwrap_or_default();
        if self.flow.is_stored() {
            // A login chooses the scopes of the challenge by itself.
            return Err(AuthError::login_required(&self.flow.server, &earlier));
        }
        let scopes = self.flow.select_scopes(&discovered, &challenged, &earlier);
        let grant = self.flow.log_in(&discovered, scopes).await?;
        install(&self.current, grant, true);
        attempts.has_logged_in = true;
        drop(state);
        Ok(())
    }

    /// Obtains a token with the scopes that a server asks for, beside the scopes so far.
    async fn step_up(
        &self,
        token: u64,
        challenges: &[Challenge],
        attempts: &mut Attempts,
    ) -> Result<bool, AuthError> {
        let needed = scopes_of(challenges);
        if needed.is_empty() {
            return Ok(false);
        }
        let _pause = self.pause();
        let mut state = Arc::clone(&self.state).lock_owned().await;
        let Some(old) = self.grant() else { return Ok(true) };
        if old.generation != token {
            return Ok(true);
        }
        attempts.step_ups += 1;
        let is_asked = old.requested.contains_all(&needed);
        if is_asked || state.is_denied(&needed) || attempts.step_ups > self.flow.login.max_step_ups
        {
            return Err(AuthError::new(
                AuthErrorKind::Refused,
                format!(
                    "the server requires the scopes `{}`, which were requested before; granted are `{}`",
                    line(&needed.to_string()),
                    line(&old.granted.to_string())
                ),
            ));
        }
        let discovered = Arc::new(self.flow.discover(challenges).await?);
        // Another process may have logged in with these scopes.
        if let Some(stored) = self.flow.stored(&discovered, &needed).await?
            && !old.has_token_of(&stored)
            && !stored.expires()
        {
            install(&self.current, stored, true);
            return Ok(true);
        }
        let is_same = discovered.issuer() == old.discovered.issuer();
        let earlier = if is_same { old.requested.clone() } else { Scopes::default() };
        let scopes = self.flow.select_scopes(&discovered, &needed, &earlier);
        match self.flow.log_in(&discovered, scopes).await {
            Ok(grant) => {
                install(&self.current, grant, true);
                Ok(true)
            }
            Err(error) => {
                if error.is_refusal() {
                    state.deny(needed);
                }
                Err(error)
            }
        }
    }

    fn pause(&self) -> Option<Pause> {
        self.pauses.get().map(Pauses::begin)
    }
}

/// Makes a token the current one. `is_login` if its user may be another one than before.
fn install(current: &Mutex<Current>, mut grant: Grant, is_login: bool) -> Arc<Grant> {
    let mut current = current.lock().unwrap_or_else(PoisonError::into_inner);
    current.generation += 1;
    current.logins += u64::from(is_login);
    grant.generation = current.generation;
    let grant = Arc::new(grant);
    current.grant = Some(Arc::clone(&grant));
    grant
}

/// Returns the scopes that challenges ask for.
pub(super) fn scopes_of(challenges: &[Challenge]) -> Scopes {
    let scopes = challenges.iter().filter_map(|challenge| challenge.parameter("scope"));
    scopes.map(Scopes::parse).fold(Scopes::default(), |all, scopes| all.union(&scopes))
}

fn refused(challenges: &[Challenge]) -> AuthError {
    let reason = |name: &str| challenges.iter().find_map(|challenge| challenge.parameter(name));
    let reason = reason("error_description").or_else(|| reason("error"));
    let mut message = "the server refuses the token that was just issued".to_owned();
    if let Some(reason) = reason {
        message.push_str(&format!(": {}", line(reason)));
    }
    AuthError::new(AuthErrorKind::Refused, message)
}
