//! Clients of servers at a URL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::ClientBuilder;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::transport::http::Endpoint;

/// A server at a URL. See [`Client::http`].
pub struct Http {
    url: String,
    headers: Result<HeaderMap, Error>,
    connect_timeout: Duration,
    reads_session_stream: bool,
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
            connect_timeout: Duration::from_secs(30),
            reads_session_stream: true,
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
        let Http { url, headers, connect_timeout, reads_session_stream } = self.target;
        let parsed = Url::parse(&url)
            .map_err(|error| Error::argument(format!("`{url}` is no URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Error::argument(format!("expected a URL of http or https, got `{url}`")));
        }
        let headers = headers?;
        let identity = identity(&headers);
        let max_message = self.options.max_message;
        let endpoint =
            Endpoint::new(parsed, headers, connect_timeout, max_message, reads_session_stream)?;
        self.options.connect(Box::new(endpoint), None, identity).await
    }

    /// Adds a header to every request. Headers of the protocol take precedence.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
        match (header, &mut self.target.headers) {
            (Some((name, mut value)), Ok(headers)) => {
                value.set_sensitive(name == AUTHORIZATION);
                headers.insert(name, value);
            }
            (None, Ok(_)) => {
                let message = format!("`{name}` and its value cannot be a header of HTTP");
                self.target.headers = Err(Error::argument(message));
            }
            (_, Err(_)) => {}
        }
        self
    }

    /// Authorizes every request with a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
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

/// Returns the identity of the caller, which is all headers: a server may identify its callers by any
/// of them.
fn identity(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {:?}", value.as_bytes())).collect();
    lines.sort();
    (!lines.is_empty()).then(|| lines.join("\n").into())
}
