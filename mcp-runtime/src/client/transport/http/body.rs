//! Bodies of HTTP responses, within limits.

use std::collections::VecDeque;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use reqwest::{Response, StatusCode};

use super::sse::{Parser, SseEvent};
use crate::client::error::{Error, HttpFailure};
use crate::client::transport::pending::too_long;
use crate::shorten::shorten;

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
            Self::Other(format!("`{}`", shorten(value)))
        }
    }
}

/// Reads a whole body.
async fn whole(mut response: Response, max_message: usize) -> Result<Bytes, Error> {
    if response.content_length().is_some_and(|length| length > max_message as u64) {
        return Err(too_long(max_message));
    }
    let mut whole = Vec::new();
    loop {
        let chunk = response.chunk().await;
        match chunk.map_err(|error| Error::transport("reading the answer", error.without_url()))? {
            Some(chunk) if whole.len() + chunk.len() > max_message => {
                return Err(too_long(max_message));
            }
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
    /// Largest event, in bytes.
    limit: usize,
}

impl Events {
    fn new(response: Response, limit: usize) -> Self {
        Self { response, parser: Parser::new(limit), parsed: VecDeque::new(), limit }
    }

    /// Returns the size of the largest event, in bytes.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Returns the next event; `None` at the end. Of an event that is too long, the data is dropped.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Result<Option<SseEvent>, Error> {
        loop {
            if let Some(event) = self.parsed.pop_front() {
                return Ok(Some(event));
            }
            if !self.read().await? {
                return Ok(None);
            }
        }
    }

    /// Returns the next event; `None` at the end.
    ///
    /// # Errors
    /// [`Error::Protocol`] for an event that is too long, as soon as it is.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next_whole(&mut self) -> Result<Option<SseEvent>, Error> {
        loop {
            match self.parsed.pop_front() {
                Some(SseEvent { too_long: Some(_), .. }) => return Err(too_long(self.limit)),
                Some(event) => return Ok(Some(event)),
                None if self.parser.is_too_long() => return Err(too_long(self.limit)),
                None if !self.read().await? => return Ok(None),
                None => {}
            }
        }
    }

    /// Reads a part of the stream. Returns `false` at the end.
    async fn read(&mut self) -> Result<bool, Error> {
        let chunk = self.response.chunk().await;
        let chunk =
            chunk.map_err(|error| Error::transport("reading the stream", error.without_url()))?;
        let Some(chunk) = chunk else { return Ok(false) };
        self.parser.push(&chunk, |event| self.parsed.push_back(event));
        Ok(true)
    }
}
