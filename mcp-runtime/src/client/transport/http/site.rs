//! A server at a URL: requests to it, and its answers within bounds.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use reqwest::{Method, Response, StatusCode, Url, redirect};

use super::sse::{Parser, SseEvent};
use crate::client::error::{Error, HttpFailure};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// How much of the body of a failure is read, and shown.
const FAILURE_READ: usize = 64 << 10;
const FAILURE_SHOWN: usize = 500;

/// How many times a request is sent elsewhere on the same server.
const MOST_REDIRECTS: u32 = 3;

/// A server at a URL.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    client: reqwest::Client,
    pub(super) url: Url,
    /// Headers of every request: what the user gave, and the token.
    headers: HeaderMap,
    /// The longest message, in bytes.
    pub(super) longest: usize,
    /// Whether a session's own stream is listened to.
    pub(super) listens: bool,
}

/// What is sent.
pub(super) enum Outbound {
    Post(Bytes),
    /// Asks for a stream of events.
    Get,
    Delete,
}

/// An answer whose kind is known.
pub(super) enum Inflow {
    Json(Bytes),
    Events(Box<Events>),
    /// Accepted, and nothing more to say.
    Nothing,
}

impl Site {
    pub(crate) fn new(
        url: Url,
        headers: HeaderMap,
        connect: Duration,
        longest: usize,
        listens: bool,
    ) -> Result<Arc<Self>, Error> {
        // Redirects are decided on here. Nothing is decompressed, so what is counted is what came.
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(connect)
            .user_agent(concat!("mcp-runtime/", env!("CARGO_PKG_VERSION")));
        if url.scheme() == "http" {
            // Reading the certificates of the system takes long, and nobody asks for them here.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| Error::transport("preparing HTTP", error))?;
        Ok(Arc::new(Self { client, url, headers, longest, listens }))
    }

    /// Sends a request to a URL and gives its answer, whatever the status. Redirects that keep
    /// method and body are followed on the same server and nowhere else.
    pub(super) async fn send(
        &self,
        url: &Url,
        outbound: &Outbound,
        added: &HeaderMap,
    ) -> Result<Response, Error> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut headers = self.headers.clone();
            headers.extend(added.iter().map(|(name, value)| (name.clone(), value.clone())));
            let request = match outbound {
                Outbound::Post(body) => {
                    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
                    headers.insert(
                        ACCEPT,
                        HeaderValue::from_static("application/json, text/event-stream"),
                    );
                    self.client.request(Method::POST, url.clone()).body(body.clone())
                }
                Outbound::Get => {
                    headers.insert(ACCEPT, HeaderValue::from_static(EVENTS));
                    self.client.request(Method::GET, url.clone())
                }
                Outbound::Delete => self.client.request(Method::DELETE, url.clone()),
            };
            let response = request.headers(headers).send().await;
            let response = response.map_err(|error| {
                Error::transport(format!("asking {}", shown(&url)), error.without_url())
            })?;
            match redirected(&url, &response) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(Error::protocol(format!(
            "expected an answer, got more than {MOST_REDIRECTS} redirects; give the client the last URL"
        )))
    }

    /// Sends a message to the server and tells by the answer's type what comes back.
    pub(super) async fn read(&self, response: Response) -> Result<Inflow, Error> {
        let status = response.status();
        if !status.is_success() {
            return Err(Error::Http(failure(response).await.0));
        }
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(Inflow::Nothing);
        }
        match kind(&response) {
            Kind::Json => body(response, self.longest).await.map(Inflow::Json),
            Kind::Events => Ok(Inflow::Events(Box::new(Events::new(response, self.longest)))),
            Kind::Other(kind) => Err(Error::protocol(format!(
                "expected `{JSON}` or `{EVENTS}`, got {kind}; is this the URL of a server of the protocol?"
            ))),
        }
    }
}

enum Kind {
    Json,
    Events,
    Other(String),
}

fn kind(response: &Response) -> Kind {
    let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let Some(value) = value else { return Kind::Other("no content type".to_owned()) };
    let essence = value.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) {
        Kind::Json
    } else if essence.eq_ignore_ascii_case(EVENTS) {
        Kind::Events
    } else {
        Kind::Other(format!("`{value}`"))
    }
}

/// A URL without what may be a secret in it.
fn shown(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

/// Where a redirect leads, if it keeps the method and stays on the same server.
fn redirected(from: &Url, response: &Response) -> Option<Url> {
    if !matches!(response.status(), StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
    {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|to| to.origin() == from.origin())
}

/// Reads a body whole.
async fn body(mut response: Response, longest: usize) -> Result<Bytes, Error> {
    let too_long = || {
        Error::protocol(format!(
            "expected messages of up to {longest} bytes, got a longer one; raise `max_message`"
        ))
    };
    if response.content_length().is_some_and(|length| length > longest as u64) {
        return Err(too_long());
    }
    let mut whole = Vec::new();
    loop {
        let piece = response.chunk().await;
        match piece.map_err(|error| Error::transport("reading the answer", error.without_url()))? {
            Some(piece) if whole.len() + piece.len() > longest => return Err(too_long()),
            Some(piece) => whole.extend_from_slice(&piece),
            None => return Ok(whole.into()),
        }
    }
}

/// What an answer with a status of failure says, and the beginning of its body.
pub(super) async fn failure(mut response: Response) -> (HttpFailure, Vec<u8>) {
    let authenticate = response.headers().get(WWW_AUTHENTICATE);
    let www_authenticate = authenticate.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let mut whole = Vec::new();
    // What cannot be read says nothing; the status does.
    while let Ok(Some(piece)) = response.chunk().await {
        let room = FAILURE_READ - whole.len();
        whole.extend_from_slice(&piece[..piece.len().min(room)]);
        if whole.len() == FAILURE_READ {
            break;
        }
    }
    let shown = String::from_utf8_lossy(&whole[..whole.len().min(FAILURE_SHOWN)]).into_owned();
    (HttpFailure { status, body: shown, www_authenticate }, whole)
}

/// A stream of events.
pub(super) struct Events {
    response: Response,
    parser: Parser,
    found: std::collections::VecDeque<SseEvent>,
    /// Why nothing more can be read behind what was found.
    broken: Option<Error>,
}

impl Events {
    fn new(response: Response, longest: usize) -> Self {
        let (found, broken) = (Default::default(), None);
        Self { response, parser: Parser::new(longest), found, broken }
    }

    /// The next event; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<SseEvent>, Error> {
        loop {
            if let Some(event) = self.found.pop_front() {
                return Ok(Some(event));
            }
            if let Some(error) = &self.broken {
                return Err(error.clone());
            }
            let piece = self.response.chunk().await;
            let piece = piece
                .map_err(|error| Error::transport("reading the stream", error.without_url()))?;
            let Some(piece) = piece else { return Ok(None) };
            self.broken = self.parser.push(&piece, |event| self.found.push_back(event)).err();
        }
    }
}
