//! The HTTP endpoint of a server: sends requests to it and follows its redirects.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode, Url, redirect};

use super::body::{EVENTS, JSON, failure};
use crate::client::error::Error;

/// Largest number of redirects that are followed.
const MAX_REDIRECTS: u32 = 3;

/// Longest time in which a server may accept a response to a question of its own.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP endpoint of a server.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    client: reqwest::Client,
    pub(super) url: Url,
    /// Headers of every request: those of the user, and the token.
    headers: HeaderMap,
    /// Largest message, in bytes.
    pub(super) max_message: usize,
    /// `true` if the stream of a session is read.
    pub(super) reads_session_stream: bool,
}

/// The method and body of an HTTP request.
pub(super) enum HttpRequest {
    Post(Bytes),
    /// Requests a stream of events.
    Get,
    Delete,
}

impl Endpoint {
    pub(crate) fn new(
        url: Url,
        headers: HeaderMap,
        connect_timeout: Duration,
        max_message: usize,
        reads_session_stream: bool,
    ) -> Result<Arc<Self>, Error> {
        // Redirects are followed in `send`. Nothing is decompressed, so that limits count the bytes
        // which are received.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(connect_timeout)
            .user_agent(concat!("mcp-runtime/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Loading the certificates of the system takes long, and they are not needed here.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| Error::transport("preparing HTTP", error))?;
        Ok(Arc::new(Self { client, url, headers, max_message, reads_session_stream }))
    }

    /// Sends a request to a URL and returns its response, whatever the status. Redirects that keep
    /// method and body are followed within the same origin.
    pub(super) async fn send(
        &self,
        url: &Url,
        request: &HttpRequest,
        added: &HeaderMap,
    ) -> Result<Response, Error> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut headers = self.headers.clone();
            headers.extend(added.iter().map(|(name, value)| (name.clone(), value.clone())));
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            let builder = match request {
                HttpRequest::Post(body) => {
                    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
                    headers.insert(
                        ACCEPT,
                        HeaderValue::from_static("application/json, text/event-stream"),
                    );
                    self.client.request(Method::POST, url.clone()).body(body.clone())
                }
                HttpRequest::Get => {
                    headers.insert(ACCEPT, HeaderValue::from_static(EVENTS));
                    self.client.request(Method::GET, url.clone())
                }
                HttpRequest::Delete => self.client.request(Method::DELETE, url.clone()),
            };
            let response = builder.headers(headers).send().await;
            let response = response.map_err(|error| {
                Error::transport(format!("asking {}", shown(&url)), error.without_url())
            })?;
            match redirected(&url, &response) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(Error::protocol(format!(
            "expected an answer, got more than {MAX_REDIRECTS} redirects; give the client the last URL"
        )))
    }

    /// Posts a message that has no response.
    pub(super) async fn post(
        &self,
        url: &Url,
        message: Vec<u8>,
        added: &HeaderMap,
    ) -> Result<(), Error> {
        let response = self.send(url, &HttpRequest::Post(message.into()), added).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Error::Http(failure(response).await.0))
    }
}

/// Returns a URL without its query and credentials, which may be secret.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Returns the target of a redirect that keeps the method and the origin.
fn redirected(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
    {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|to| to.origin() == from.origin())
}
