//! The session with a server over HTTP, or the lack of one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::{self, ErrorCode, Frame, Limits, Message, ProtocolError};
use mcp_core::method::Method;
use mcp_core::revision::Revision;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Response as HttpResponse, StatusCode};

use super::body::failure;
use super::endpoint::{Endpoint, HttpRequest, RESPONSE_TIMEOUT};
use super::headers::{self, PROTOCOL_VERSION, SESSION_ID};
use crate::client::error::{Closed, Error, HttpFailure};
use crate::client::inbound::Inbound;
use crate::client::message::{BoxFuture, excerpt, parse_response};
use crate::client::transport::ending::Ending;
use crate::client::transport::outbox::{Detached, Outbox};
use crate::client::transport::shared::SharedConnection;
use crate::client::transport::{MirroredHeaders, OutgoingNotification, OutgoingRequest};

/// Longest time in which a server may delete a session.
const DELETE_TIMEOUT: Duration = Duration::from_secs(3);

/// Longest id of a session, in bytes.
const MAX_SESSION_ID: usize = 1024;

/// A server over HTTP, with a session or without one.
pub(super) struct Session {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) inbound: Arc<Inbound>,
    /// Requests in flight, for messages that arrive on the stream of the session or of another
    /// request.
    pub(super) shared: Arc<SharedConnection>,
    handshake: Mutex<Handshake>,
    detached: Detached,
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
        Arc::new_cyclic(|itself: &Weak<Self>| {
            let max_message = endpoint.max_message;
            let outbox = Weak::clone(itself);
            let shared = SharedConnection::new(outbox, Arc::clone(&inbound), max_message);
            Self {
                endpoint,
                inbound,
                shared,
                handshake: Mutex::default(),
                detached: Detached::default(),
            }
        })
    }

    /// The end of the session, for this client.
    pub(super) fn ending(&self) -> &Ending {
        &self.shared.pending.ending
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
        self.ending().set(reason);
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
    pub(super) async fn post(&self, request: OutgoingRequest) -> Result<PostResponse, Error> {
        let is_handshake = *request.method == *Method::Initialize.as_str();
        let mut headers = if is_handshake { HeaderMap::new() } else { self.headers() };
        if !is_handshake {
            headers::mirror(&mut headers, request.revision, &request.method, &request.mirrored)?;
        }
        let in_session = headers.contains_key(SESSION_ID) && request.revision.facts().sessions;
        self.shared.sends(&request.frame);
        let post = HttpRequest::Post(request.frame.into());
        let response = self.endpoint.send(&self.endpoint.url, &post, &headers).await?;
        let status = response.status();
        if is_handshake {
            let mut handshake = self.handshake();
            handshake.may_be_legacy_sse = matches!(status.as_u16(), 400 | 404 | 405);
            if status.is_success() {
                handshake.session_id = session_id(&response)?;
            }
        }
        if status.is_success() {
            return Ok(PostResponse::Success(response));
        }
        let (failure, body) = failure(response).await;
        if in_session && let Some(lost) = unknown_session(&failure, &body) {
            self.finish(lost.clone());
            return Err(lost);
        }
        // Statuses of proxies and of authorization take precedence over the body.
        let is_refusal = (400..500).contains(&failure.status)
            && !matches!(failure.status, 401 | 403 | 407 | 429)
            && error_response(&body).is_some();
        if is_refusal { Ok(PostResponse::Refusal(body.into())) } else { Err(Error::Http(failure)) }
    }

    /// Ends the session if a response on its stream means that the server does not know it any more.
    /// Returns `true` if it does.
    pub(super) async fn is_lost(&self, response: HttpResponse) -> bool {
        if self.handshake().session_id.is_none() || !may_be_unknown_session(response.status()) {
            return false;
        }
        let (failure, body) = failure(response).await;
        let lost = unknown_session(&failure, &body);
        let is_lost = lost.is_some();
        if let Some(lost) = lost {
            self.finish(lost);
        }
        is_lost
    }

    /// Sends a notification with the headers that its revision requires.
    pub(super) async fn notify(&self, notification: OutgoingNotification) -> Result<(), Error> {
        let OutgoingNotification { method, frame, revision } = notification;
        let mut headers = self.headers();
        headers::mirror(&mut headers, revision, &method, &MirroredHeaders::default())?;
        self.post_message(frame, headers).await
    }

    /// Posts a message that has no response.
    async fn post_message(&self, message: Vec<u8>, headers: HeaderMap) -> Result<(), Error> {
        if let Some(end) = self.ending().get() {
            return Err(end);
        }
        self.shared.sends(&message);
        let post = HttpRequest::Post(message.into());
        let response = self.endpoint.send(&self.endpoint.url, &post, &headers).await?;
        if response.status().is_success() {
            return Ok(());
        }
        let (failure, body) = failure(response).await;
        let lost = unknown_session(&failure, &body);
        let Some(lost) = lost.filter(|_| headers.contains_key(SESSION_ID)) else {
            return Err(Error::Http(failure));
        };
        self.finish(lost.clone());
        Err(lost)
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
        Box::pin(self.post_message(message, self.headers()))
    }

    fn detached(&self) -> &Detached {
        &self.detached
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

/// Returns the error of a body that is an error response of the protocol.
fn error_response(body: &[u8]) -> Option<ProtocolError> {
    match jsonrpc::decode_from_server(body, Limits::default()) {
        Ok(Frame::Single(Message::Response(response))) => {
            parse_response(response.outcome).ok()?.err()
        }
        _ => None,
    }
}

fn may_be_unknown_session(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST)
}

/// Returns the end of a session for a failure with which servers refuse one that they do not know. The
/// server did not carry out the request.
pub(super) fn unknown_session(failure: &HttpFailure, body: &[u8]) -> Option<Error> {
    let refusal = error_response(body);
    if !is_unknown_session(failure, refusal.as_ref()) {
        return None;
    }
    let said = refusal.map_or_else(|| failure.body.clone(), |refusal| refusal.to_string());
    let said = match said.trim() {
        "" => format!("it answers with HTTP status {}", failure.status),
        said => format!("it answers: {}", excerpt(said)),
    };
    let reason = format!("the server does not know the session any more; {said}");
    Some(Error::Closed(Closed { is_unprocessed: true, ..Closed::new(reason) }))
}

/// Returns `true` for a failure with which servers refuse a session that they do not know: with status
/// 404, as the specification requires, or with 400 and a text about the session.
fn is_unknown_session(failure: &HttpFailure, refusal: Option<&ProtocolError>) -> bool {
    match (failure.status, refusal) {
        (404, _) => true,
        (400, Some(error)) => {
            // A request that is refused for itself may also be about sessions.
            let about_request = [
                ErrorCode::PARSE_ERROR,
                ErrorCode::METHOD_NOT_FOUND,
                ErrorCode::INVALID_PARAMS,
                ErrorCode::INTERNAL_ERROR,
            ];
            !about_request.contains(&error.code) && names_session(&error.message)
        }
        (400, None) => names_session(&failure.body),
        _ => false,
    }
}

fn names_session(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("session") || text.contains("not initialized")
}
