//! Clients of servers at a URL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Url, redirect};

use super::ClientBuilder;
#[cfg(feature = "auth-client")]
use crate::client::auth::{Authorizer, Login};
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::transport::http::{Endpoint, HeaderSource};

/// A server at a URL. See [`Client::http`].
pub struct Http {
    url: String,
    headers: Result<HeaderMap, Error>,
    header_source: Option<HeaderSource>,
    client: Option<reqwest::Client>,
    certificates: Vec<Vec<u8>>,
    connect_timeout: Duration,
    reads_session_stream: bool,
    keeps_cookies: bool,
    #[cfg(feature = "auth-client")]
    login: Option<Login>,
}

/// Shows no headers, because they may be secret.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client of a server at a URL.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::{Client, Error};
    /// # async fn run() -> Result<(), Error> {
    /// let client = Client::http("https://example.com/mcp").bearer("a token").connect().await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn http(url: impl Into<String>) -> ClientBuilder<Http> {
        ClientBuilder::new(Http {
            url: url.into(),
            headers: Ok(HeaderMap::new()),
            header_source: None,
            client: None,
            certificates: Vec::new(),
            connect_timeout: Duration::from_secs(30),
            reads_session_stream: true,
            keeps_cookies: true,
            #[cfg(feature = "auth-client")]
            login: None,
        })
    }
}

impl ClientBuilder<Http> {
    /// Connects to the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if it cannot be reached, [`Error::Http`] for a status of failure (401 if
    /// it requires a token), [`Error::UnsupportedVersion`] if it speaks no revision that this client
    /// speaks, and the errors of any request.
    pub async fn connect(self) -> Result<Client, Error> {
        let url = self.target.url()?;
        let http = self.target;
        let mut endpoint = Endpoint::new(http.client(&url)?, url, http.keeps_cookies);
        #[cfg(feature = "auth-client")]
        if let Some(login) = http.login.clone() {
            let (url, roots) = (endpoint.url.clone(), http.certificates()?);
            endpoint.authorizer = Some(Authorizer::new(login, url, roots).map_err(Error::Auth)?);
        }
        endpoint.headers = http.headers?;
        endpoint.header_source = http.header_source;
        endpoint.max_message = self.options.max_message;
        endpoint.reads_session_stream = http.reads_session_stream;
        self.options.connect(Box::new(Arc::new(endpoint)), None).await
    }

    /// Adds a header to every request. Headers of the protocol take precedence.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (parse_header(name, value), &mut self.target.headers) {
            (Ok((name, value)), Ok(headers)) => {
                headers.insert(name, value);
            }
            (Err(error), Ok(_)) => self.target.headers = Err(error),
            (_, Err(_)) => {}
        }
        self
    }

    /// Authorizes every request with a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Logs in when the server asks for a token, and keeps the token valid. It takes precedence over
    /// [`bearer`](Self::bearer).
    ///
    /// ```no_run
    /// use mcp_runtime::client::Client;
    /// use mcp_runtime::client::auth::{FileStorage, Login};
    ///
    /// # async fn run() -> Result<(), mcp_runtime::client::Error> {
    /// let login = Login::browser().client_name("My app").storage(FileStorage::new("tokens.json"));
    /// let client = Client::http("https://example.com/mcp").login(login).connect().await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "auth-client")]
    pub fn login(mut self, login: Login) -> Self {
        self.target.login = Some(login);
        self
    }

    /// Makes headers for each HTTP request by a function, such as a token that changes. They take
    /// precedence over those of [`header`](Self::header). A request fails with the error of the function.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::{Client, Error};
    /// # async fn signature() -> Result<String, Error> { Ok(String::new()) }
    /// # async fn run() -> Result<(), Error> {
    /// let client = Client::http("https://example.com/mcp")
    ///     .headers_with(|| async { Ok([("x-signature".to_owned(), signature().await?)]) })
    ///     .connect()
    ///     .await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn headers_with<F, H>(mut self, headers: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<H, Error>> + Send + 'static,
        H: IntoIterator<Item = (String, String)>,
    {
        let before = self.target.header_source.take();
        self.target.header_source = Some(Arc::new(move || {
            let (before, made) = (before.as_ref().map(|before| before()), headers());
            Box::pin(async move {
                let mut headers = match before {
                    Some(before) => before.await?,
                    None => HeaderMap::new(),
                };
                for (name, value) in made.await? {
                    let (name, value) = parse_header(&name, &value)?;
                    headers.insert(name, value);
                }
                Ok(headers)
            })
        }));
        self
    }

    /// Authorizes each HTTP request with the bearer token that a function returns.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::{Client, Error};
    /// # async fn current_token() -> Result<String, Error> { Ok(String::new()) }
    /// # async fn run() -> Result<(), Error> {
    /// let client =
    ///     Client::http("https://example.com/mcp").bearer_with(current_token).connect().await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bearer_with<F>(self, token: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Error>> + Send + 'static,
    {
        self.headers_with(move || {
            let token = token();
            async move { Ok([("authorization".to_owned(), format!("Bearer {}", token.await?))]) }
        })
    }

    /// Sends HTTP requests by a client with settings of its own, such as a proxy or client certificates.
    /// [`connect_timeout`](Self::connect_timeout) does not apply to it. A client that follows redirects
    /// by itself may leave the server. Requests of a login to authorization servers are not sent by it.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::{Client, reqwest};
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let proxy = reqwest::Proxy::all("http://proxy.example.com:3128")?;
    /// let http = reqwest::Client::builder()
    ///     .proxy(proxy)
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .build()?;
    /// let client = Client::http("https://example.com/mcp").http_client(http).connect().await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.target.client = Some(client);
        self
    }

    /// Trusts the root certificates of a text in the PEM format, beside those of the system. A login trusts
    /// them at the authorization server as well.
    ///
    /// ```no_run
    /// # use mcp_runtime::client::Client;
    /// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// let certificates = std::fs::read("company.pem")?;
    /// let client = Client::http("https://mcp.company.example/mcp")
    ///     .root_certificates(certificates)
    ///     .connect()
    ///     .await?;
    /// # drop(client);
    /// # Ok(())
    /// # }
    /// ```
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.target.certificates.push(pem.into());
        self
    }

    /// Keeps cookies of the server and sends them back, as balancers need that send a client to the
    /// same server again. On by default.
    pub fn cookies(mut self, keep: bool) -> Self {
        self.target.keeps_cookies = keep;
        self
    }

    /// Sets the longest time for reaching the server. Half a minute by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.target.connect_timeout = timeout;
        self
    }

    /// Reads the stream on which the server of a session sends messages that belong to no request.
    /// On by default.
    pub fn session_stream(mut self, read: bool) -> Self {
        self.target.reads_session_stream = read;
        self
    }
}

impl Http {
    fn url(&self) -> Result<Url, Error> {
        let url = &self.url;
        let parsed = Url::parse(url)
            .map_err(|error| Error::argument(format!("`{url}` is no URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Error::argument(format!("expected a URL of http or https, got `{url}`")));
        }
        Ok(parsed)
    }

    /// Returns the client of the user, or a new one.
    fn client(&self, url: &Url) -> Result<reqwest::Client, Error> {
        let certificates = self.certificates()?;
        if let Some(client) = &self.client {
            if certificates.is_empty() {
                return Ok(client.clone());
            }
            return Err(Error::argument(
                "`root_certificates` cannot change the client of `http_client`; add them to that client",
            ));
        }
        // The endpoint follows redirects. Nothing is decompressed, so that limits count the bytes which
        // are received.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("mcp-runtime/", env!("CARGO_PKG_VERSION")));
        builder = match url.scheme() {
            // Loading the certificates of the system takes long, and they are not needed here.
            "http" => builder.tls_certs_only([]),
            _ => builder.tls_certs_merge(certificates),
        };
        builder.build().map_err(|error| Error::transport("preparing HTTP", error))
    }

    fn certificates(&self) -> Result<Vec<Certificate>, Error> {
        let mut all = Vec::new();
        for pem in &self.certificates {
            let found = Certificate::from_pem_bundle(pem).unwrap_or_default();
            if found.is_empty() {
                return Err(Error::argument(
                    "expected certificates in the PEM format as `root_certificates`, got others",
                ));
            }
            all.extend(found);
        }
        Ok(all)
    }
}

/// Parses a header.
fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Error> {
    let header = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
    let (name, mut value) = header.ok_or_else(|| {
        Error::argument(format!("`{name}` and its value cannot be a header of HTTP"))
    })?;
    value.set_sensitive(name == AUTHORIZATION);
    Ok((name, value))
}
