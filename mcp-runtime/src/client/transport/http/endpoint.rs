//! The HTTP endpoint of a server: sends requests to it and follows its redirects.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, Response, StatusCode, Url};

use super::body::{EVENTS, JSON, failure};
use super::cookies::CookieJar;
#[cfg(feature = "auth-client")]
use crate::client::auth::{Attempts, Authorizer, Refusal};
use crate::client::error::Error;
use crate::client::message::BoxFuture;
use crate::shorten::plain_url;

/// Largest number of redirects that are followed.
const MAX_REDIRECTS: u32 = 3;

/// Longest time in which a server may accept a response to a question of its own.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns headers for each request.
pub(crate) type HeaderSource =
    Arc<dyn Fn() -> BoxFuture<'static, Result<HeaderMap, Error>> + Send + Sync>;

/// The HTTP endpoint of a server.
pub(crate) struct Endpoint {
    client: reqwest::Client,
    pub(crate) url: Url,
    /// Headers of every request.
    pub(crate) headers: HeaderMap,
    /// Headers that are made for each request.
    pub(crate) header_source: Option<HeaderSource>,
    /// Largest message, in bytes.
    pub(crate) max_message: usize,
    /// `true` if the stream of a session is read.
    pub(crate) reads_session_stream: bool,
    /// Adds tokens to requests.
    #[cfg(feature = "auth-client")]
    pub(crate) authorizer: Option<Authorizer>,
    cookies: Option<CookieJar>,
    /// Identity of this client, for results that no other client may share.
    number: u64,
}

/// The method and body of an HTTP request.
pub(super) enum HttpRequest {
    Post(Bytes),
    /// Requests a stream of events.
    Get,
    Delete,
}

impl HttpRequest {
    fn method(&self) -> Method {
        match self {
            Self::Post(_) => Method::POST,
            Self::Get => Method::GET,
            Self::Delete => Method::DELETE,
        }
    }
}

/// The authorization of one request, which may be sent several times.
#[cfg(feature = "auth-client")]
#[derive(Default)]
struct Authorization {
    /// Number of the token that the request carries.
    token: u64,
    attempts: Attempts,
}

#[cfg(feature = "auth-client")]
impl Authorization {
    /// Adds the current token to a request.
    async fn add(
        &mut self,
        authorizer: &Authorizer,
        request: &HttpRequest,
        url: &Url,
        headers: &mut HeaderMap,
    ) -> Result<(), Error> {
        let method = request.method();
        let added = Box::pin(authorizer.authorize(method.as_str(), url, headers)).await;
        self.token = added.map_err(Error::Auth)?;
        Ok(())
    }

    /// Returns `true` if a refused request is to be sent again, with another token.
    async fn repeats(
        &mut self,
        authorizer: &Authorizer,
        request: &HttpRequest,
        url: &Url,
        response: &Response,
    ) -> Result<bool, Error> {
        let has_nonce = authorizer.received(url, response.headers());
        let status = response.status();
        if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Ok(false);
        }
        let refusal = Refusal {
            status,
            headers: response.headers(),
            token: self.token,
            // Streams and the end of a session are not worth a login.
            may_log_in: matches!(request, HttpRequest::Post(_)),
        };
        let repeats = Box::pin(authorizer.refused(refusal, has_nonce, &mut self.attempts)).await;
        repeats.map_err(Error::Auth)
    }
}

impl Endpoint {
    /// Creates an endpoint of a URL.
    pub(crate) fn new(client: reqwest::Client, url: Url, keeps_cookies: bool) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            client,
            url,
            headers: HeaderMap::new(),
            header_source: None,
            max_message: 0,
            reads_session_stream: false,
            #[cfg(feature = "auth-client")]
            authorizer: None,
            cookies: keeps_cookies.then(CookieJar::default),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Returns the identity of the caller: all headers, because a server may identify its callers by any
    /// of them. A client whose headers are set by the server is like no other. Where a function makes them,
    /// each request is: the next one may have the token of another user.
    pub(super) fn caller(&self) -> Arc<str> {
        static NEXT_CALLER: AtomicU64 = AtomicU64::new(0);
        let lines =
            self.headers.iter().map(|(name, value)| format!("{name}: {:?}", value.as_bytes()));
        let mut lines: Vec<String> = lines.collect();
        let has_cookies = self.cookies.as_ref().is_some_and(|cookies| !cookies.is_empty());
        if has_cookies {
            lines.push(format!("client {}", self.number));
        }
        if self.header_source.is_some() {
            lines.push(format!("request {}", NEXT_CALLER.fetch_add(1, Ordering::Relaxed)));
        }
        #[cfg(feature = "auth-client")]
        if let Some(authorizer) = &self.authorizer {
            lines.push(format!("client {} {}", self.number, authorizer.logins()));
        }
        lines.sort();
        lines.join("\n").into()
    }

    /// Returns the headers of a request to a URL, without those that its method requires.
    fn headers(&self, url: &Url, made: &HeaderMap, added: &HeaderMap) -> HeaderMap {
        let mut headers = self.headers.clone();
        for more in [made, added] {
            for (name, value) in more {
                headers.insert(name, value.clone());
            }
        }
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(cookies) = &self.cookies {
            cookies.add(url, &mut headers);
        }
        headers
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
        let made = match &self.header_source {
            Some(make) => make().await?,
            None => HeaderMap::new(),
        };
        let mut redirects = 0;
        #[cfg(feature = "auth-client")]
        let mut authorization = Authorization::default();
        loop {
            #[cfg_attr(
                not(feature = "auth-client"),
                expect(unused_mut, reason = "a token is added")
            )]
            let mut headers = self.headers(&url, &made, added);
            #[cfg(feature = "auth-client")]
            if let Some(authorizer) = &self.authorizer {
                authorization.add(authorizer, request, &url, &mut headers).await?;
            }
            let response = self.send_once(&url, request, headers).await?;
            #[cfg(feature = "auth-client")]
            if let Some(authorizer) = &self.authorizer
                && authorization.repeats(authorizer, request, &url, &response).await?
            {
                continue;
            }
            match redirected(&url, &response) {
                Some(_) if redirects == MAX_REDIRECTS => break,
                Some(next) => url = next,
                None => return Ok(response),
            }
            redirects += 1;
        }
        Err(Error::protocol(format!(
            "expected an answer, got more than {MAX_REDIRECTS} redirects; give the client the last URL"
        )))
    }

    async fn send_once(
        &self,
        url: &Url,
        request: &HttpRequest,
        mut headers: HeaderMap,
    ) -> Result<Response, Error> {
        let mut builder = self.client.request(request.method(), url.clone());
        match request {
            HttpRequest::Post(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
                headers.insert(
                    ACCEPT,
                    HeaderValue::from_static("application/json, text/event-stream"),
                );
                builder = builder.body(body.clone());
            }
            HttpRequest::Get => {
                headers.insert(ACCEPT, HeaderValue::from_static(EVENTS));
            }
            HttpRequest::Delete => {}
        }
        let response = builder.headers(headers).send().await;
        let response = response.map_err(|error| {
            Error::transport(format!("asking {}", plain_url(url)), error.without_url())
        })?;
        if let Some(cookies) = &self.cookies {
            cookies.store(url, response.headers());
        }
        Ok(response)
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

/// Returns the target of a redirect that keeps the method and the origin.
fn redirected(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
    {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|to| to.origin() == from.origin())
}
