//! The session with a server over HTTP, or the lack of one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::{self, Frame, Limits, Message, RequestId};
use mcp_core::method::Method;
use mcp_core::revision::Revision;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Response as HttpResponse, StatusCode};
use tokio::sync::oneshot;

use super::body::failure;
use super::endpoint::{Endpoint, HttpRequest, RESPONSE_TIMEOUT};
use super::headers::{self, PROTOCOL_VERSION, SESSION_ID};
use crate::client::error::{Closed, Error};
use crate::client::inbound::Inbound;
use crate::client::message::{BoxFuture, Response, parse_response};
use crate::client::transport::ending::Ending;
use crate::client::transport::outbox::Outbox;
use crate::client::transport::{MirroredHeaders, OutgoingNotification, OutgoingRequest};

/// Longest time in which a server may delete a session.
const DELETE_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest id of a session, in bytes.
const MAX_SESSION_ID: usize = 1024;

/// A server over HTTP, with a session or without one.
pub(super) struct Session {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) inbound: Arc<Inbound>,
    handshake: Mutex<Handshake>,
    /// Requests in flight, for responses that arrive on the stream of the session.
    stream_responses: Mutex<HashMap<i64, oneshot::Sender<Result<Response, Error>>>>,
    pub(super) ending: Ending,
}

/// The result of the handshake.
#[derive(Default)]
struct Handshake {
    session_id: Option<HeaderValue>,
    /// Revision of the session.
    revision: Option<Revision>,
    /// `true` if the server refused it as one of the legacy SSE transport does.
    may_be_legacy_sse: bool,
}

/// The response to a POST request.
pub(super) enum PostResponse {
    /// A success, whose body is not read yet.
    Success(HttpResponse),
    /// A failure whose body is an error of the protocol.
    Refusal(Bytes),
}

impl Session {
    pub(super) fn new(endpoint: Arc<Endpoint>, inbound: Arc<Inbound>) -> Arc<Self> {
        Arc::new(Self {
            endpoint,
            inbound,
            handshake: Mutex::default(),
            stream_responses: Mutex::default(),
            ending: Ending::default(),
        })
    }

    fn stream_responses(
        &self,
    ) -> MutexGuard<'_, HashMap<i64, oneshot::Sender<Result<Response, Error>>>> {
        self.stream_responses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a request whose response may arrive on the stream of the session.
    pub(super) fn expect_on_stream(&self, id: i64) -> oneshot::Receiver<Result<Response, Error>> {
        let (sender, receiver) = oneshot::channel();
        self.stream_responses().insert(id, sender);
        receiver
    }

    /// Removes a request that [`expect_on_stream`](Self::expect_on_stream) has registered.
    pub(super) fn forget_on_stream(&self, id: i64) {
        self.stream_responses().remove(&id);
    }

    /// Delivers a response that arrived on the stream of the session.
    pub(super) fn response_on_stream(&self, response: &jsonrpc::Response<'_>) {
        let id = response.id.map(|id| id.to_owned());
        let Some(RequestId::Integer(id)) = id else { return };
        if let Some(request) = self.stream_responses().remove(&id) {
            // Fails if the request has just been cancelled.
            let _ = request.send(parse_response(response.outcome));
        }
    }

    fn handshake(&self) -> MutexGuard<'_, Handshake> {
        self.handshake.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_revision(&self, revision: Revision) {
        self.handshake().revision = Some(revision);
    }

    pub(super) fn may_be_legacy_sse(&self) -> bool {
        self.handshake().may_be_legacy_sse
    }

    /// Ends the session for this client.
    pub(super) fn finish(&self, reason: Error) {
        self.inbound.cancel_questions();
        self.ending.set(reason);
    }

    /// Returns the headers that identify the session.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let handshake = self.handshake();
        if let Some(id) = &handshake.session_id {
            headers.insert(SESSION_ID, id.clone());
        }
        if let Some(revision) = handshake.revision {
            headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(revision.as_str()));
        }
        headers
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn post(&self, request: &OutgoingRequest) -> Result<PostResponse, Error> {
        if let Some(end) = self.ending.get() {
            return Err(end);
        }
        let has_sessions = request.revision.facts().sessions;
        let is_handshake = *request.method == *Method::Initialize.as_str();
        let mut headers = if is_handshake { HeaderMap::new() } else { self.headers() };
        if !is_handshake {
            headers::mirror(&mut headers, request.revision, &request.method, &request.mirrored)?;
        }
        let in_session = headers.contains_key(SESSION_ID);
        let post = HttpRequest::Post(Bytes::copy_from_slice(&request.frame));
        let response = self.endpoint.send(&self.endpoint.url, &post, &headers).await?;
        if is_handshake && response.status().is_success() {
            self.handshake().session_id = session_id(&response)?;
        }
        self.handshake().may_be_legacy_sse =
            is_handshake && matches!(response.status().as_u16(), 400 | 404 | 405);
        if response.status() == StatusCode::NOT_FOUND && in_session && has_sessions {
            return Err(self.lost());
        }
        if response.status().is_success() {
            return Ok(PostResponse::Success(response));
        }
        let (failure, body) = failure(response).await;
        // Statuses of proxies and of authorization take precedence over the body.
        let is_refusal = (400..500).contains(&failure.status)
            && !matches!(failure.status, 401 | 403 | 407 | 429)
            && is_error_response(&body);
        if is_refusal { Ok(PostResponse::Refusal(body.into())) } else { Err(Error::Http(failure)) }
    }

    /// Ends the session, because the server does not know it any more. The server did not carry out
    /// the request.
    pub(super) fn lost(&self) -> Error {
        let mut closed = Closed::new("the server does not know the session any more");
        closed.is_unprocessed = true;
        let error = Error::Closed(closed);
        self.finish(error.clone());
        error
    }

    /// Sends a notification with the headers that its revision requires.
    pub(super) async fn notify(&self, notification: OutgoingNotification) -> Result<(), Error> {
        let OutgoingNotification { method, frame, revision } = notification;
        let mut headers = self.headers();
        headers::mirror(&mut headers, revision, &method, &MirroredHeaders::default())?;
        self.endpoint.post(&self.endpoint.url, frame, &headers).await
    }

    /// Deletes a session on the server.
    pub(super) async fn delete(endpoint: Arc<Endpoint>, headers: HeaderMap) {
        if headers.contains_key(SESSION_ID) {
            // Servers need not support it, so the outcome is ignored.
            let deleting = endpoint.send(&endpoint.url, &HttpRequest::Delete, &headers);
            let _ = tokio::time::timeout(DELETE_TIMEOUT, deleting).await;
        }
    }
}

impl Outbox for Session {
    const RESPONSE_TIMEOUT: Duration = RESPONSE_TIMEOUT;

    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(
            async move { self.endpoint.post(&self.endpoint.url, message, &self.headers()).await },
        )
    }
}

fn session_id(response: &HttpResponse) -> Result<Option<HeaderValue>, Error> {
    let Some(id) = response.headers().get(SESSION_ID) else { return Ok(None) };
    let is_visible_ascii = id.as_bytes().iter().all(|byte| (0x21..=0x7e).contains(byte));
    if is_visible_ascii && id.len() <= MAX_SESSION_ID {
        let mut id = id.clone();
        id.set_sensitive(true);
        return Ok(Some(id));
    }
    Err(Error::protocol("expected a session id of visible ASCII, got another"))
}

/// Returns `true` for a body that is an error response of the protocol.
fn is_error_response(body: &[u8]) -> bool {
    matches!(
        jsonrpc::decode_from_server(body, Limits::default()),
        Ok(Frame::Single(Message::Response(response))) if response.outcome.is_err()
    )
}
