//! Logins without a user at this machine.
//!
//! Specification: [OAuth client credentials](https://github.com/modelcontextprotocol/ext-auth),
//! [RFC 7523](https://www.rfc-editor.org/rfc/rfc7523), [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693).

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::credentials::{Credentials, Form};
use super::discovery::{Discovered, authorization_server};
use super::dpop::Prover;
use super::error::{AuthError, AuthErrorKind};
use super::exchange::{Client, Http, TokenResponse};
use super::login::Login;
use super::scopes::Scopes;
use crate::client::message::BoxFuture;
use crate::shorten::shorten;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const ID_JAG_PROFILE: &str = "urn:ietf:params:oauth:grant-profile:id-jag";

/// The grant of a login without a user.
#[derive(Clone)]
pub(crate) enum MachineGrant {
    ClientCredentials(Credentials),
    Enterprise { credentials: Credentials, provider: IdentityProvider },
    Workload(Assertion),
}

/// The source of a token that others issue: a file, an environment variable or a function. It is read
/// for each login, because such tokens expire soon.
#[derive(Clone)]
pub struct Assertion(
    Arc<dyn Fn() -> BoxFuture<'static, Result<SecretString, AuthError>> + Send + Sync>,
);

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion").finish_non_exhaustive()
    }
}

impl Assertion {
    /// Reads a file, such as the one that Kubernetes projects into a pod.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self::function(move || {
            let read = std::fs::read_to_string(&path);
            let read =
                read.map_err(|error| format!("reading `{}` failed: {error}", path.display()));
            std::future::ready(read)
        })
    }

    /// Reads an environment variable.
    pub fn env(name: impl Into<String>) -> Self {
        let name = name.into();
        Self::function(move || {
            let read = std::env::var(&name);
            std::future::ready(
                read.map_err(|_| format!("the environment variable `{name}` is not set")),
            )
        })
    }

    /// Calls a function.
    pub fn function<F, E>(read: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: fmt::Display,
    {
        Self(Arc::new(move || {
            let read = read();
            Box::pin(async move {
                let text = read.await.map_err(|error| {
                    AuthError::new(AuthErrorKind::Configuration, format!("no assertion: {error}"))
                })?;
                let text = SecretString::from(text);
                match text.expose_secret().trim() {
                    "" => {
                        Err(AuthError::new(AuthErrorKind::Configuration, "the assertion is empty"))
                    }
                    trimmed => Ok(trimmed.into()),
                }
            })
        }))
    }

    async fn read(&self) -> Result<SecretString, AuthError> {
        (self.0)().await
    }
}

/// The identity provider of an organisation, for [`Login::enterprise`]: its issuer, the credentials of
/// this client there, and the ID token of the user.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    issuer: String,
    credentials: Credentials,
    id_token: Assertion,
}

impl IdentityProvider {
    /// Creates an identity provider. The ID token and the credentials are sent to this issuer only.
    pub fn new(issuer: impl Into<String>, credentials: Credentials, id_token: Assertion) -> Self {
        Self { issuer: issuer.into(), credentials, id_token }
    }
}

/// A request for tokens by a machine.
pub(crate) struct MachineRequest<'a> {
    pub(crate) http: &'a Http,
    pub(crate) login: &'a Login,
    pub(crate) discovered: &'a Discovered,
    pub(crate) prover: Option<&'a Prover>,
    pub(crate) scopes: &'a Scopes,
}

impl MachineRequest<'_> {
    /// Requests tokens, and returns the credentials that were used as well.
    pub(crate) async fn send(
        &self,
        grant: &MachineGrant,
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        match grant {
            MachineGrant::ClientCredentials(credentials) => {
                self.tokens(credentials.clone(), Form::grant("client_credentials")).await
            }
            MachineGrant::Enterprise { credentials, provider } => {
                let grant = self.id_jag(provider).await?;
                let form = Form::grant(JWT_BEARER).with("assertion", grant.expose_secret());
                self.tokens(credentials.clone(), form).await
            }
            MachineGrant::Workload(assertion) => {
                let known = self.login.known_credentials(self.discovered.issuer())?;
                let assertion = assertion.read().await?;
                let form = Form::grant(JWT_BEARER).with("assertion", assertion.expose_secret());
                match known {
                    Some(known) => self.tokens(known.clone(), form).await,
                    None => self.tokens(Credentials::public(""), form).await,
                }
            }
        }
    }

    async fn tokens(
        &self,
        credentials: Credentials,
        mut form: Form,
    ) -> Result<(Credentials, TokenResponse), AuthError> {
        form.add("resource", &self.discovered.resource);
        if !self.scopes.is_empty() {
            form.add("scope", &self.scopes.to_string());
        }
        let server = &self.discovered.server;
        let client = Client { server, credentials: &credentials, prover: self.prover };
        let tokens = client.tokens(self.http, form).await?;
        Ok((credentials, tokens))
    }

    /// Exchanges the ID token of the user for a grant for the authorization server.
    async fn id_jag(&self, provider: &IdentityProvider) -> Result<SecretString, AuthError> {
        let server = &self.discovered.server;
        let profiles = server.authorization_grant_profiles_supported.as_ref();
        if profiles.is_some_and(|profiles| !profiles.iter().any(|name| name == ID_JAG_PROFILE)) {
            let message =
                "the authorization server does not accept grants of identity providers (ID-JAG)";
            return Err(AuthError::new(AuthErrorKind::Unsupported, message));
        }
        let metadata = authorization_server(self.http, &provider.issuer).await?;
        let metadata = metadata.ok_or_else(|| {
            let issuer = shorten(&provider.issuer);
            let message = format!("the identity provider `{issuer}` publishes no metadata");
            AuthError::new(AuthErrorKind::Discovery, message)
        })?;
        let id_token = provider.id_token.read().await?;
        let mut form = Form::grant(TOKEN_EXCHANGE)
            .with("requested_token_type", ID_JAG)
            .with("audience", &server.issuer)
            .with("resource", &self.discovered.resource)
            .with("subject_token", id_token.expose_secret())
            .with("subject_token_type", ID_TOKEN);
        if !self.scopes.is_empty() {
            form.add("scope", &self.scopes.to_string());
        }
        let client = Client { server: &metadata, credentials: &provider.credentials, prover: None };
        let response = client.tokens(self.http, form).await?;
        if response.issued_token_type.as_deref() != Some(ID_JAG) {
            let message = format!(
                "expected a token of type `{ID_JAG}` from the identity provider, got another"
            );
            return Err(AuthError::new(AuthErrorKind::Token, message));
        }
        Ok(response.access_token)
    }
}
