//! The HTTP client for addresses that others name: metadata, key sets, token endpoints.
//!
//! A server that may choose the address of a request could otherwise reach what only this machine can
//! reach (server-side request forgery). So only https is spoken, except with the machine itself; names are
//! resolved once, every address is checked, and the connection goes to one of them; redirects are
//! not followed; responses are limited in size and time; proxies of the environment are not used.

mod address;
mod resolver;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Method, redirect};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

pub(crate) use address::{Reach, is_loopback};
use resolver::{Checked, Lookup, NotAllowed, System};

/// Size limit of a response, in bytes.
const MAX_SIZE: usize = 64 << 10;

/// Time limit of a request with its response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client for addresses that others name.
#[derive(Clone)]
pub(crate) struct SafeClient {
    http: reqwest::Client,
    reach: Reach,
    max_size: usize,
    timeout: Duration,
}

impl SafeClient {
    /// Creates a client.
    ///
    /// # Errors
    /// [`FetchError::Failed`] if TLS cannot be set up.
    #[cfg_attr(
        not(feature = "auth-server"),
        allow(dead_code, reason = "clients name certificates")
    )]
    pub(crate) fn new(reach: Reach) -> Result<Self, FetchError> {
        Self::trusting(reach, Vec::new())
    }

    /// Creates a client that trusts further root certificates.
    ///
    /// # Errors
    /// [`FetchError::Failed`] if TLS cannot be set up.
    pub(crate) fn trusting(reach: Reach, roots: Vec<Certificate>) -> Result<Self, FetchError> {
        Self::build(reach, Arc::new(System), roots)
    }

    /// Creates a client with another resolver.
    #[cfg(test)]
    fn resolving(reach: Reach, lookup: Arc<dyn Lookup>) -> Result<Self, FetchError> {
        Self::build(reach, lookup, Vec::new())
    }

    fn build(
        reach: Reach,
        lookup: Arc<dyn Lookup>,
        roots: Vec<Certificate>,
    ) -> Result<Self, FetchError> {
        let http = reqwest::Client::builder()
            .tls_certs_merge(roots)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .dns_resolver(Arc::new(Checked { lookup, reach }))
            .connect_timeout(TIMEOUT)
            .pool_max_idle_per_host(1)
            .user_agent(concat!("mcp-runtime/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| FetchError::Failed(deepest(&error)))?;
        Ok(Self { http, reach, max_size: MAX_SIZE, timeout: TIMEOUT })
    }

    /// Fetches a JSON document.
    ///
    /// # Errors
    /// [`FetchError::Status`] for every status but 200, redirects included;
    /// [`FetchError::Malformed`] for a document of another form.
    pub(crate) async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, FetchError> {
        let response = self.send(SafeRequest::get(url.clone())).await?;
        match response.status {
            200 => response.json(),
            status => Err(FetchError::Status(status, response.text())),
        }
    }

    /// Sends a request, and reads the response.
    ///
    /// # Errors
    /// [`FetchError`], except for [`FetchError::Status`]: the response may have any status.
    pub(crate) async fn send(&self, request: SafeRequest) -> Result<SafeResponse, FetchError> {
        self.reach.check_url(&request.url).map_err(|kind| {
            FetchError::NotAllowed(format!("the address is {kind}, which may not be reached"))
        })?;
        match tokio::time::timeout(self.timeout, self.exchange(request)).await {
            Ok(response) => response,
            Err(_) => Err(FetchError::TimedOut),
        }
    }

    async fn exchange(&self, request: SafeRequest) -> Result<SafeResponse, FetchError> {
        let mut sent = self.http.request(request.method, request.url).headers(request.headers);
        if let Some(body) = request.body {
            sent = sent.body(body);
        }
        let mut response = sent.send().await.map_err(failure)?;
        let announced = response.headers().get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.max_size) {
            return Err(FetchError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > self.max_size {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let status = response.status().as_u16();
        Ok(SafeResponse { status, headers: std::mem::take(response.headers_mut()), body })
    }
}

/// A request of a [`SafeClient`]. It accepts JSON.
pub(crate) struct SafeRequest {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

impl SafeRequest {
    fn new(method: Method, url: Url) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Self { method, url, headers, body: None }
    }

    /// A GET.
    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// A POST of a form.
    pub(crate) fn form<'a>(url: Url, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, "application/x-www-form-urlencoded", form.into_bytes())
    }

    /// A POST of a body.
    pub(crate) fn post(url: Url, content_type: &'static str, body: Vec<u8>) -> Self {
        let post = Self { body: Some(body), ..Self::new(Method::POST, url) };
        post.header(CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// Sets a header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// A response to a [`SafeRequest`].
pub(crate) struct SafeResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl SafeResponse {
    /// Parses the body.
    ///
    /// # Errors
    /// [`FetchError::Malformed`] if it is something else.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, FetchError> {
        // The message of `serde_json` may quote the document, which may be secret.
        serde_json::from_slice(&self.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let kind = match error.classify() {
                serde_json::error::Category::Data => "JSON of another form",
                _ => "no JSON",
            };
            FetchError::Malformed(format!("the response is {kind} (line {line}, column {column})"))
        })
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Shows neither headers nor body, because they may be secret.
impl fmt::Debug for SafeResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SafeResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Failure of a request of a [`SafeClient`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FetchError {
    /// The address may not be reached.
    NotAllowed(String),
    /// The response has another status than 200; with its body.
    Status(u16, String),
    /// The response is larger than the limit.
    TooLarge,
    /// There was no response within the time limit.
    TimedOut,
    /// The response is not in the form that was expected.
    Malformed(String),
    /// The connection failed.
    Failed(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(reason) | Self::Malformed(reason) => f.write_str(reason),
            Self::Status(status, _) => write!(f, "expected status 200, got {status}"),
            Self::TooLarge => f.write_str("the response is too large"),
            Self::TimedOut => f.write_str("there was no response in time"),
            Self::Failed(reason) => write!(f, "the request failed: {reason}"),
        }
    }
}

impl StdError for FetchError {}

/// Reads a failure of the HTTP client.
fn failure(error: reqwest::Error) -> FetchError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<NotAllowed>() {
            return FetchError::NotAllowed(refused.to_string());
        }
        cause = error.source();
    }
    match error.is_timeout() {
        true => FetchError::TimedOut,
        false => FetchError::Failed(deepest(&error)),
    }
}

/// The message of the innermost cause, which has no URL in it.
fn deepest(error: &dyn StdError) -> String {
    match error.source() {
        Some(source) => deepest(source),
        None => error.to_string(),
    }
}
