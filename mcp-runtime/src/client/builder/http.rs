//! A server at a URL.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::ClientBuilder;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::transport::http::Site;

/// A server at a URL. See [`Client::http`].
pub struct Http {
    url: String,
    headers: Result<HeaderMap, Error>,
    connect: Duration,
    listens: bool,
}

/// Tells no header, because one may be a secret.
impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Client {
    /// A server at a URL, such as `https://example.com/mcp`.
    pub fn http(url: impl Into<String>) -> ClientBuilder<Http> {
        ClientBuilder::of(Http {
            url: url.into(),
            headers: Ok(HeaderMap::new()),
            connect: Duration::from_secs(30),
            listens: true,
        })
    }
}

impl ClientBuilder<Http> {
    /// Reaches the server and agrees with it on a revision.
    ///
    /// # Errors
    /// [`Error::Transport`] if it cannot be reached, [`Error::Http`] if it answers with a failure
    /// (401 if it wants a token), [`Error::Revision`] if it speaks no revision that this client
    /// speaks, and whatever the handshake comes to.
    pub async fn connect(self) -> Result<Client, Error> {
        let Http { url, headers, connect, listens } = self.target;
        let parsed = Url::parse(&url)
            .map_err(|error| Error::Argument(format!("`{url}` is no URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(Error::Argument(format!("expected a URL of http or https, got `{url}`")));
        }
        let headers = headers?;
        let identity = identity(&headers);
        let site = Site::new(parsed, headers, connect, self.shared.max_message, listens)?;
        self.shared.connect(Box::new(site), None, identity).await
    }

    /// Adds a header to every request. Those of the protocol take precedence.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let header = HeaderName::try_from(name).ok().zip(HeaderValue::from_str(value).ok());
        match (header, &mut self.target.headers) {
            (Some((name, mut value)), Ok(headers)) => {
                value.set_sensitive(name == AUTHORIZATION);
                headers.insert(name, value);
            }
            (None, Ok(_)) => {
                let fault = format!("`{name}` and its value cannot be a header of HTTP");
                self.target.headers = Err(Error::Argument(fault));
            }
            (_, Err(_)) => {}
        }
        self
    }

    /// Authorizes every request with a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// How long reaching the server may take; half a minute unless given.
    pub fn connect_timeout(mut self, patience: Duration) -> Self {
        self.target.connect = patience;
        self
    }

    /// Does without the stream on which a session's server says what answers no request.
    pub fn without_session_stream(mut self) -> Self {
        self.target.listens = false;
        self
    }
}

/// Who a client says it is, in whichever headers: a server may tell its callers apart by any of them.
fn identity(headers: &HeaderMap) -> Option<Arc<str>> {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{name}: {:?}", value.as_bytes())).collect();
    lines.sort();
    (!lines.is_empty()).then(|| lines.join("\n").into())
}
