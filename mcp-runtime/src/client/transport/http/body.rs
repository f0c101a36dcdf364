//! Bodies of HTTP responses, within limits.

use std::collections::VecDeque;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};

use super::sse::{Parser, SseEvent};
use crate::client::error::{Error, HttpFailure};

pub(super) const JSON: &str = "application/json";
pub(super) const EVENTS: &str = "text/event-stream";

/// Number of bytes of the body of a failure that are read.
const MAX_FAILURE: usize = 64 << 10;

/// Number of bytes of the body of a failure that an error shows.
const MAX_FAILURE_SHOWN: usize = 500;

/// The body of a successful response.
pub(super) enum Body {
    Json(Bytes),
    Events(Box<Events>),
    /// No body: the message was accepted.
    Empty,
}

impl Body {
    /// Reads the body of a response whose messages have up to `max_message` bytes.
    ///
    /// # Errors
    /// [`Error::Http`] for a status of failure, [`Error::Protocol`] for a body of another type.
    pub(super) async fn of(response: Response, max_message: usize) -> Result<Self, Error> {
        let status = response.status();
        if !status.is_success() {
            return Err(Error::Http(failure(response).await.0));
        }
        if matches!(status, StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
            return Ok(Self::Empty);
        }
        match ContentType::of(&response) {
            ContentType::Json => whole(response, max_message).await.map(Self::Json),
            ContentType::Events => Ok(Self::Events(Box::new(Events::new(response, max_message)))),
            ContentType::Other(other) => Err(Error::protocol(format!(
                "expected `{JSON}` or `{EVENTS}`, got {other}; is this the URL of a server of the protocol?"
            ))),
        }
    }
}

enum ContentType {
    Json,
    Events,
    Other(String),
}

impl ContentType {
    fn of(response: &Response) -> Self {
        let value = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let Some(value) = value else { return Self::Other("no content type".to_owned()) };
        let essence = value.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(JSON) {
            Self::Json
        } else if essence.eq_ignore_ascii_case(EVENTS) {
            Self::Events
        } else {
            Self::Other(format!("`{value}`"))
        }
    }
}

/// Reads a whole body.
async fn whole(mut response: Response, max_message: usize) -> Result<Bytes, Error> {
    let too_long = || {
        Error::protocol(format!(
            "expected messages of up to {max_message} bytes, got a longer one; raise `max_message`"
        ))
    };
    if response.content_length().is_some_and(|length| length > max_message as u64) {
        return Err(too_long());
    }
    let mut whole = Vec::new();
    loop {
        let chunk = response.chunk().await;
        match chunk.map_err(|error| Error::transport("reading the answer", error.without_url()))? {
            Some(chunk) if whole.len() + chunk.len() > max_message => return Err(too_long()),
            Some(chunk) => whole.extend_from_slice(&chunk),
            None => return Ok(whole.into()),
        }
    }
}

/// Reads a response with a status of failure, and the beginning of its body.
pub(super) async fn failure(mut response: Response) -> (HttpFailure, Vec<u8>) {
    let authenticate = response.headers().get(WWW_AUTHENTICATE);
    let www_authenticate = authenticate.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let status = response.status().as_u16();
    let mut body = Vec::new();
    // If reading fails, the status remains.
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_FAILURE - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == MAX_FAILURE {
            break;
        }
    }
    let shown = String::from_utf8_lossy(&body[..body.len().min(MAX_FAILURE_SHOWN)]).into_owned();
    (HttpFailure { status, body: shown, www_authenticate }, body)
}

/// A stream of events.
pub(super) struct Events {
    response: Response,
    parser: Parser,
    parsed: VecDeque<SseEvent>,
    /// Error that follows the parsed events.
    error: Option<Error>,
}

impl Events {
    fn new(response: Response, max_message: usize) -> Self {
        let (parsed, error) = (VecDeque::new(), None);
        Self { response, parser: Parser::new(max_message), parsed, error }
    }

    /// Returns the next event; `None` at the end.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<SseEvent>, Error> {
        loop {
            if let Some(event) = self.parsed.pop_front() {
                return Ok(Some(event));
            }
            if let Some(error) = &self.error {
                return Err(error.clone());
            }
            let chunk = self.response.chunk().await;
            let chunk = chunk
                .map_err(|error| Error::transport("reading the stream", error.without_url()))?;
            let Some(chunk) = chunk else { return Ok(None) };
            self.error = self.parser.push(&chunk, |event| self.parsed.push_back(event)).err();
        }
    }
}
