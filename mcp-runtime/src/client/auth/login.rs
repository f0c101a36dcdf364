//! Settings of a login.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::credentials::Credentials;
use super::device::DeviceCode;
use super::error::{AuthError, AuthErrorKind};
use super::jwt::SigningKey;
use super::machine::{Assertion, IdentityProvider, MachineGrant};
use super::scopes::Scopes;
use super::storage::{MemoryStorage, TokenStorage};
use crate::client::message::BoxFuture;
use crate::shorten::shorten;

/// Receives the URL of an authorization request, and returns the URL to which the browser is redirected.
pub(crate) type CodeSource =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<String, AuthError>> + Send + Sync>;

/// Opens a URL in a browser.
pub(crate) type OpenUrl = Arc<dyn Fn(&str) -> Result<(), AuthError> + Send + Sync>;

/// Returns the client that is registered with an issuer.
pub(crate) type AskClient =
    Arc<dyn Fn(String) -> BoxFuture<'static, Result<Credentials, AuthError>> + Send + Sync>;

/// How a client obtains tokens for a server, for [`ClientBuilder::login`].
///
/// A login happens when the server asks for a token: the client finds the authorization server, registers
/// with it, obtains tokens, stores them and renews them. A server that asks for further scopes causes
/// another login. A server that asks for no token causes none.
///
/// ```no_run
/// use mcp_runtime::client::Client;
/// use mcp_runtime::client::auth::Login;
///
/// # async fn run() -> Result<(), mcp_runtime::client::Error> {
/// let client = Client::http("https://example.com/mcp").login(Login::browser()).connect().await?;
/// # drop(client);
/// # Ok(())
/// # }
/// ```
///
/// | constructor | who logs in |
/// |---|---|
/// | [`browser`](Self::browser) | the user, in a browser on this machine |
/// | [`device`](Self::device) | the user, in a browser on another device |
/// | [`manual`](Self::manual) | the user, in any browser; the application shows a URL and reads another |
/// | [`headless`](Self::headless) | a test |
/// | [`client_credentials`](Self::client_credentials) | the program itself, by a secret or a key |
/// | [`enterprise`](Self::enterprise) | the user of an identity provider, by its ID token |
/// | [`workload`](Self::workload) | the program itself, by a token of its platform |
/// | [`stored`](Self::stored) | none: an earlier login is used |
///
/// [`log_in`](Self::log_in), [`access_token`](Self::access_token) and [`log_out`](Self::log_out) are for
/// programs in which the user logs in and out explicitly.
///
/// [`ClientBuilder::login`]: crate::client::ClientBuilder::login
#[derive(Clone)]
pub struct Login {
    pub(crate) how: How,
    pub(crate) issuer: Option<String>,
    pub(crate) registered: BTreeMap<String, Credentials>,
    pub(crate) metadata_document: Option<String>,
    pub(crate) metadata_document_key: Option<SigningKey>,
    pub(crate) ask_client: Option<AskClient>,
    pub(crate) client_name: String,
    pub(crate) scopes: Scopes,
    pub(crate) storage: Arc<dyn TokenStorage>,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) requires_dpop: bool,
    pub(crate) timeout: Duration,
    pub(crate) max_step_ups: u32,
    pub(crate) reaches_private: bool,
}

/// The kind of a login.
#[derive(Clone)]
pub(crate) enum How {
    Browser {
        open: OpenUrl,
    },
    /// `is_pasted` if the response may be incomplete, as people copy it.
    Source {
        source: CodeSource,
        is_pasted: bool,
    },
    Device {
        show: Arc<dyn Fn(&DeviceCode) + Send + Sync>,
    },
    Machine(MachineGrant),
    /// An earlier login, whose tokens are stored.
    Stored,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("issuer", &self.issuer)
            .field("client_name", &self.client_name)
            .finish_non_exhaustive()
    }
}

impl Login {
    fn new(how: How) -> Self {
        Self {
            how,
            issuer: None,
            registered: BTreeMap::new(),
            metadata_document: None,
            metadata_document_key: None,
            ask_client: None,
            client_name: "mcp-runtime".to_owned(),
            scopes: Scopes::default(),
            storage: Arc::new(MemoryStorage::new()),
            redirect_uri: None,
            requires_dpop: false,
            timeout: Duration::from_secs(300),
            max_step_ups: 3,
            reaches_private: false,
        }
    }

    /// Logs in with the browser of the user, which is redirected to a port of this machine.
    pub fn browser() -> Self {
        Self::new(How::Browser { open: Arc::new(open_browser) })
    }

    /// Logs in with a browser on another device, where the user enters a code. The code is written to
    /// standard error, unless [`on_device_code`](Self::on_device_code) shows it.
    pub fn device() -> Self {
        Self::new(How::Device { show: Arc::new(|code| eprintln!("{code}")) })
    }

    /// Logs in with any browser: a function shows the user a URL, and returns the URL to which the
    /// browser was redirected, as the user copied it. Nothing listens at that URL.
    ///
    /// ```no_run
    /// use mcp_runtime::client::auth::Login;
    ///
    /// # fn read_line() -> std::io::Result<String> { Ok(String::new()) }
    /// let login = Login::manual(|url| async move {
    ///     eprintln!("Open {url}, log in, and paste the address of the page that does not load:");
    ///     read_line()
    /// });
    /// # drop(login);
    /// ```
    pub fn manual<F, E>(ask: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: fmt::Display,
    {
        Self::new(How::Source { source: code_source(ask), is_pasted: true })
    }

    /// Logs in without a user: a function receives the URL of the authorization request, and returns the
    /// URL to which the authorization server redirects. For tests.
    pub fn headless<F, E>(code_source_fn: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, E>> + Send + 'static,
        E: fmt::Display,
    {
        Self::new(How::Source { source: code_source(code_source_fn), is_pasted: false })
    }

    /// Logs in a program with its own credentials. They are sent to this issuer only.
    pub fn client_credentials(issuer: impl Into<String>, credentials: Credentials) -> Self {
        Self::machine(issuer, MachineGrant::ClientCredentials(credentials))
    }

    /// Logs in the user of an identity provider that the organisation manages (ID-JAG). `issuer` is the
    /// authorization server of the MCP server, and `credentials` are those of this client there.
    pub fn enterprise(
        issuer: impl Into<String>,
        credentials: Credentials,
        provider: IdentityProvider,
    ) -> Self {
        Self::machine(issuer, MachineGrant::Enterprise { credentials, provider })
    }

    /// Logs in a program with a token of the platform on which it runs (workload identity federation).
    /// The token is sent to this issuer only. [`registered`](Self::registered) sets the credentials of the
    /// client, if the issuer requires any.
    pub fn workload(issuer: impl Into<String>, assertion: Assertion) -> Self {
        Self::machine(issuer, MachineGrant::Workload(assertion))
    }

    /// Uses an earlier login in the [`storage`](Self::storage), and renews its tokens, without a user. The token
    /// is sent with the first request already. If the server requires another login, the error is
    /// [`AuthErrorKind::LoginRequired`].
    ///
    /// ```
    /// use mcp_runtime::client::auth::{FileStorage, Login};
    ///
    /// let login = Login::stored().storage(FileStorage::new("/home/ada/.config/app/tokens.json"));
    /// # drop(login);
    /// ```
    pub fn stored() -> Self {
        Self::new(How::Stored)
    }

    fn machine(issuer: impl Into<String>, grant: MachineGrant) -> Self {
        Self { issuer: Some(issuer.into()), ..Self::new(How::Machine(grant)) }
    }

    /// Accepts this authorization server only. By default it is the first one that the server names.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Names a client that was registered with an authorization server before. Its secret is sent to no
    /// other. If the server uses another authorization server, the login fails.
    pub fn registered(mut self, issuer: impl Into<String>, credentials: Credentials) -> Self {
        self.registered.insert(issuer.into(), credentials);
        self
    }

    /// Sets the URL of a Client ID Metadata Document, which describes this client to authorization servers
    /// that support such documents. It has to name the redirect URI.
    pub fn metadata_document(mut self, url: impl Into<String>) -> Self {
        self.metadata_document = Some(url.into());
        self
    }

    /// Sets the private key of the client that a
    /// [metadata document](Self::metadata_document) describes. The document names the public key, in `jwks`
    /// or `jwks_uri`, and the method `private_key_jwt`.
    pub fn metadata_document_key(mut self, key: SigningKey) -> Self {
        self.metadata_document_key = Some(key);
        self
    }

    /// Asks for the client by a function if the authorization server offers no way to register one. The
    /// function receives the issuer.
    pub fn on_unregistered<F, E>(
        mut self,
        ask: impl Fn(String) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Credentials, E>> + Send + 'static,
        E: fmt::Display,
    {
        self.ask_client = Some(Arc::new(move |issuer| {
            let asked = ask(issuer);
            Box::pin(async move {
                asked.await.map_err(|error| interaction("asking for the client", &error))
            })
        }));
        self
    }

    /// Sets the name of the client, which the user sees when it is registered dynamically.
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.client_name = name.into();
        self
    }

    /// Requests scopes beside those that the server asks for.
    pub fn scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.scopes = Scopes::of(scopes);
        self
    }

    /// Sets the place where tokens and registered clients are kept. In memory by default.
    ///
    /// ```
    /// use mcp_runtime::client::auth::{FileStorage, Login};
    ///
    /// let login = Login::browser().storage(FileStorage::new("/home/ada/.config/app/tokens.json"));
    /// # drop(login);
    /// ```
    pub fn storage(mut self, storage: impl TokenStorage) -> Self {
        self.storage = Arc::new(storage);
        self
    }

    /// Sets the URI to which the browser is redirected: for [`browser`](Self::browser) a loopback URI with
    /// a port, where this client listens; for the others any that is registered.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// Accepts only tokens that are bound to a key of this client (DPoP). Without it, tokens are bound if
    /// both servers offer that.
    pub fn require_dpop(mut self) -> Self {
        self.requires_dpop = true;
        self
    }

    /// Sets the longest time for which the client waits for the user. Five minutes by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the largest number of logins for further scopes that one request may cause. 3 by default.
    pub fn max_step_ups(mut self, number: u32) -> Self {
        self.max_step_ups = number;
        self
    }

    /// Allows authorization servers in private networks, as companies have them. Without it, a server
    /// could have this client send requests to machines behind a firewall.
    pub fn private_networks(mut self) -> Self {
        self.reaches_private = true;
        self
    }

    /// Opens the URL of the authorization request by a function, instead of the browser of the system. The
    /// URL is of `https`, or of `http` on this machine.
    pub fn on_open<E: fmt::Display>(
        mut self,
        open: impl Fn(&str) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        if let How::Browser { open: before } = &mut self.how {
            *before = Arc::new(move |url| {
                open(url).map_err(|error| interaction("opening the browser", &error))
            });
        }
        self
    }

    /// Shows the code of [`device`](Self::device) by a function.
    pub fn on_device_code(mut self, show: impl Fn(&DeviceCode) + Send + Sync + 'static) -> Self {
        if let How::Device { show: before } = &mut self.how {
            *before = Arc::new(show);
        }
        self
    }

    /// Returns the issuer that this login requires, if it requires one.
    pub(crate) fn expected_issuer(&self) -> Option<&str> {
        let only = || self.registered.keys().next().filter(|_| self.registered.len() == 1);
        self.issuer.as_deref().or_else(|| only().map(String::as_str))
    }

    /// Returns the credentials of the client that a metadata document describes, if there is one.
    pub(crate) fn document_credentials(&self) -> Option<Credentials> {
        let url = self.metadata_document.as_deref()?;
        Some(match &self.metadata_document_key {
            Some(key) => Credentials::private_key_jwt(url, key.clone()),
            None => Credentials::public(url),
        })
    }

    /// Returns the credentials that the application names for an issuer.
    ///
    /// # Errors
    /// [`AuthErrorKind::IssuerMismatch`] if it names some for other issuers only.
    pub(crate) fn known_credentials(
        &self,
        issuer: &str,
    ) -> Result<Option<&Credentials>, AuthError> {
        match self.registered.get(issuer) {
            Some(known) => Ok(Some(known)),
            None if self.registered.is_empty() => Ok(None),
            None => Err(AuthError::new(
                AuthErrorKind::IssuerMismatch,
                format!(
                    "no client is registered with the authorization server `{}`",
                    shorten(issuer)
                ),
            )),
        }
    }
}

fn code_source<F, E>(ask: impl Fn(String) -> F + Send + Sync + 'static) -> CodeSource
where
    F: Future<Output = Result<String, E>> + Send + 'static,
    E: fmt::Display,
{
    Arc::new(move |url| {
        let asked = ask(url);
        Box::pin(async move {
            asked.await.map_err(|error| interaction("the login of the user", &error))
        })
    })
}

fn interaction(action: &str, error: &dyn fmt::Display) -> AuthError {
    AuthError::new(AuthErrorKind::Interaction, format!("{action} failed: {error}"))
}

/// Opens a URL in the browser of the user, without a shell.
fn open_browser(url: &str) -> Result<(), AuthError> {
    webbrowser::open(url).map_err(|error| interaction("opening the browser", &error))
}
