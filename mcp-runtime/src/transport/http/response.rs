//! Responses and their bodies.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, RequestId};
use mcp_core::revision::write_error;

use super::challenge::Challenge;
use super::events::Events;
use super::peer::Peer;
use super::stream_reader::StreamReader;
use crate::context::budget::Exceeded;
use crate::server::connection::{Reason, Refused};

/// The body of a response: nothing, one JSON text, or a stream of events.
pub struct HttpBody(Kind);

enum Kind {
    /// Bytes that were not sent yet.
    Whole(Bytes),
    Events(Box<Events>),
    Reading(Box<StreamReader>),
    /// A stream that ends with the access token of its client.
    #[cfg(feature = "auth-server")]
    Until(Box<Until>),
}

/// A body, and the time at which it ends.
#[cfg(feature = "auth-server")]
struct Until {
    body: HttpBody,
    end: Pin<Box<tokio::time::Sleep>>,
}

impl HttpBody {
    fn empty() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }

    /// Ends the body after a time.
    #[cfg(feature = "auth-server")]
    pub(super) fn until(self, time: std::time::Duration) -> Self {
        Self(Kind::Until(Box::new(Until { body: self, end: Box::pin(tokio::time::sleep(time)) })))
    }
}

impl Default for HttpBody {
    fn default() -> Self {
        Self::empty()
    }
}

impl Body for HttpBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match &mut self.0 {
            Kind::Whole(bytes) => {
                Poll::Ready(Some(std::mem::take(bytes)).filter(|it| !it.is_empty()))
            }
            Kind::Events(events) => events.poll_next(cx),
            Kind::Reading(reading) => reading.poll_next(cx),
            #[cfg(feature = "auth-server")]
            Kind::Until(until) => {
                if until.end.as_mut().poll(cx).is_ready() {
                    // Dropping the stream ends its handler.
                    until.body = HttpBody::empty();
                }
                return Pin::new(&mut until.body).poll_frame(cx);
            }
        };
        data.map(|data| data.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_empty(),
            Kind::Events(events) => events.is_ended(),
            Kind::Reading(reading) => reading.is_ended(),
            #[cfg(feature = "auth-server")]
            Kind::Until(until) => until.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Events(_) | Kind::Reading(_) => SizeHint::default(),
            #[cfg(feature = "auth-server")]
            Kind::Until(until) => until.body.size_hint(),
        }
    }
}

impl std::fmt::Debug for HttpBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Kind::Whole(bytes) => f.debug_tuple("HttpBody").field(&bytes.len()).finish(),
            Kind::Events(_) | Kind::Reading(_) => f.write_str("HttpBody(events)"),
            #[cfg(feature = "auth-server")]
            Kind::Until(_) => f.write_str("HttpBody(events)"),
        }
    }
}

/// The body of a response to a client that is watched.
pub(super) struct WatchedBody {
    body: HttpBody,
    peer: Peer,
}

impl WatchedBody {
    pub(super) fn new(body: HttpBody, peer: Peer) -> Self {
        Self { body, peer }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        // A body is dropped as soon as it has no more frames.
        self.peer.answered();
    }
}

/// Creates a response without a body.
pub(super) fn empty(status: StatusCode) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody::empty());
    *response.status_mut() = status;
    response
}

/// Status for a request that there is no memory for.
pub(super) fn exceeded_status(exceeded: Exceeded) -> StatusCode {
    match exceeded.is_of_server {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::TOO_MANY_REQUESTS,
    }
}

/// Creates a response with a JSON body.
pub(super) fn json(status: StatusCode, text: impl Into<Bytes>) -> Response<HttpBody> {
    let mut response = Response::new(HttpBody(Kind::Whole(text.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Creates a response with a JSON-RPC error.
pub(super) fn error(
    status: StatusCode,
    id: Option<&RequestId>,
    error: &ProtocolError,
) -> Response<HttpBody> {
    let mut text = Vec::with_capacity(128);
    write_error(&mut text, id, error);
    json(status, text)
}

/// Creates the response to a message that is refused.
pub(super) fn refused(refused: &Refused) -> Response<HttpBody> {
    let status = match refused.reason {
        Reason::Invalid(_) | Reason::NotOpened | Reason::AlreadyOpen | Reason::ReusedId => {
            StatusCode::BAD_REQUEST
        }
        Reason::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
        Reason::UnknownSession => StatusCode::NOT_FOUND,
        Reason::TooManyInFlight | Reason::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
        Reason::Exceeded(exceeded) => exceeded_status(exceeded),
        Reason::StoreUnavailable | Reason::TooManySessions => StatusCode::SERVICE_UNAVAILABLE,
        Reason::LackingScopes(_) => StatusCode::FORBIDDEN,
    };
    let reason = match refused.reason {
        Reason::NotOpened => ProtocolError::invalid_request(
            "no session: send `initialize` first and repeat its `Mcp-Session-Id`, or send a \
             protocol version in `_meta`",
        ),
        _ => refused.error(),
    };
    let mut response = error(status, refused.id.as_ref(), &reason);
    if let Reason::Busy(busy) = &refused.reason {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(busy.retry_after));
    }
    if let Reason::LackingScopes(scopes) = &refused.reason {
        let challenge = Challenge::new("Bearer")
            .with("error", "insufficient_scope")
            .with("scope", &scopes.to_string());
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge.into_value());
    }
    response
}

/// Creates a response with a stream of events.
pub(super) fn events(events: Events) -> Response<HttpBody> {
    streaming(Kind::Events(Box::new(events)))
}

/// Creates a response that reads a stream of a session.
pub(super) fn reading(reader: StreamReader) -> Response<HttpBody> {
    streaming(Kind::Reading(Box::new(reader)))
}

fn streaming(body: Kind) -> Response<HttpBody> {
    const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
    let mut response = Response::new(HttpBody(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Proxies that buffer a response would hold events back.
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    response
}

/// A request that is refused before its message is read.
#[derive(Debug)]
pub(crate) struct Rejection {
    pub(super) status: StatusCode,
    code: ErrorCode,
    pub(super) message: String,
    /// Allowed methods, if the method is not.
    allow: Option<&'static str>,
}

impl Rejection {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, code: ErrorCode::INVALID_REQUEST, message: message.into(), allow: None }
    }

    pub(super) fn method(allow: &'static str, message: &'static str) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self { allow: Some(allow), ..Self::new(status, message) }
    }

    /// A request that there is no memory for.
    pub(super) fn exceeded(exceeded: Exceeded) -> Self {
        let ProtocolError { code, message, .. } = exceeded.error();
        Self { code, ..Self::new(exceeded_status(exceeded), message) }
    }

    /// Creates the response. If the body is `unread`, it may still be on its way, and the connection
    /// cannot be reused.
    pub(super) fn into_response(self, unread: bool) -> Response<HttpBody> {
        let reason = ProtocolError::new(self.code, self.message);
        let mut response = error(self.status, None, &reason);
        if unread {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(allow) = self.allow {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
        }
        response
    }
}
