//! What all requests to one server over HTTP have in common: the session, where there is one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::{self, Frame, Limits, Message, ProtocolError, RequestId};
use mcp_core::method::Method;
use mcp_core::revision::{Opens, Revision};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use tokio::sync::{Notify, oneshot};

use super::ANSWER_PATIENCE;
use super::headers::{self, PROTOCOL_VERSION, SESSION_ID};
use super::site::{self, Outbound, Site};
use crate::client::error::{Closed, Error};
use crate::client::inbound::{Answering, Inbound};
use crate::client::transport::waiters::outcome;
use crate::client::transport::{Json, Mirrored, Notice, Outgoing};

/// How long ending a session may take.
const DELETE_PATIENCE: Duration = Duration::from_secs(3);

/// How a request is answered.
pub(super) type Outcome = Result<Result<Json, ProtocolError>, Error>;

/// A server over HTTP, in one session with it or without any.
pub(super) struct Session {
    pub(super) site: Arc<Site>,
    pub(super) inbound: Arc<Inbound>,
    state: Mutex<State>,
    /// Requests in flight, for answers that come on the session's own stream.
    elsewhere: Mutex<HashMap<i64, oneshot::Sender<Outcome>>>,
    ended: Notify,
}

#[derive(Default)]
struct State {
    id: Option<HeaderValue>,
    /// The revision of the session.
    revision: Option<Revision>,
    end: Option<Error>,
    /// Whether the handshake was refused as a server of the older transport does it.
    may_be_older: bool,
}

/// How a message was received.
pub(super) enum Received {
    /// With an answer to be read.
    Answer(Response),
    /// With an error of the protocol as the body of a failure.
    Refused(Bytes),
}

impl Session {
    pub(super) fn new(site: Arc<Site>, inbound: Arc<Inbound>) -> Arc<Self> {
        let (state, elsewhere) = (Mutex::default(), Mutex::default());
        Arc::new(Self { site, inbound, state, elsewhere, ended: Notify::new() })
    }

    fn elsewhere(&self) -> MutexGuard<'_, HashMap<i64, oneshot::Sender<Outcome>>> {
        self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for an answer on the session's own stream.
    pub(super) fn expect_elsewhere(&self, id: i64) -> oneshot::Receiver<Outcome> {
        let (sender, receiver) = oneshot::channel();
        self.elsewhere().insert(id, sender);
        receiver
    }

    pub(super) fn forget_elsewhere(&self, id: i64) {
        self.elsewhere().remove(&id);
    }

    /// Takes in an answer that came on the session's own stream.
    pub(super) fn answered_elsewhere(&self, response: &jsonrpc::Response<'_>) {
        let id = response.id.map(|id| id.to_owned());
        let Some(RequestId::Integer(id)) = id else { return };
        if let Some(waiting) = self.elsewhere().remove(&id) {
            // The request has just been given up.
            let _ = waiting.send(outcome(response.outcome));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn settle(&self, revision: Revision) {
        self.state().revision = Some(revision);
    }

    pub(super) fn may_be_older(&self) -> bool {
        self.state().may_be_older
    }

    pub(super) fn end(&self) -> Option<Error> {
        self.state().end.clone()
    }

    pub(super) fn finish(&self, error: Error) {
        self.state().end.get_or_insert(error);
        self.inbound.end_questions();
        self.ended.notify_waiters();
    }

    pub(super) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.end().is_some() {
                return;
            }
            ended.await;
        }
    }

    /// Headers that say which session a request is of.
    pub(super) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let state = self.state();
        if let Some(id) = &state.id {
            headers.insert(SESSION_ID, id.clone());
        }
        if let Some(revision) = state.revision {
            headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(revision.as_str()));
        }
        headers
    }

    /// Sends a request and waits for the head of its answer.
    pub(super) async fn post(&self, request: &Outgoing) -> Result<Received, Error> {
        if let Some(end) = self.end() {
            return Err(end);
        }
        let opens = request.revision.facts().opens;
        let is_opening = *request.method == *Method::Initialize.as_str();
        let mut headers = if is_opening { HeaderMap::new() } else { self.headers() };
        if !is_opening {
            headers::mirror(&mut headers, request.revision, &request.method, &request.mirrored)?;
        }
        let in_session = headers.contains_key(SESSION_ID);
        let outbound = Outbound::Post(Bytes::copy_from_slice(&request.frame));
        let response = self.site.send(&self.site.url, &outbound, &headers).await?;
        if is_opening && response.status().is_success() {
            self.state().id = session_id(&response)?;
        }
        self.state().may_be_older =
            is_opening && matches!(response.status().as_u16(), 400 | 404 | 405);
        if response.status() == StatusCode::NOT_FOUND && in_session && opens == Opens::Handshake {
            return Err(self.lost());
        }
        self.received(response).await
    }

    /// The server does not know the session any more, and did not carry out what was asked.
    pub(super) fn lost(&self) -> Error {
        let mut closed = Closed::new("the server does not know the session any more");
        closed.is_refusal = true;
        let error = Error::Closed(closed);
        self.finish(error.clone());
        error
    }

    async fn received(&self, response: Response) -> Result<Received, Error> {
        if response.status().is_success() {
            return Ok(Received::Answer(response));
        }
        let (failure, body) = site::failure(response).await;
        // What a proxy or an authorization says comes before what the protocol says.
        let is_of_protocol = (400..500).contains(&failure.status)
            && !matches!(failure.status, 401 | 403 | 407 | 429)
            && is_error(&body);
        if is_of_protocol { Ok(Received::Refused(body.into())) } else { Err(Error::Http(failure)) }
    }

    /// Sends a message that has no answer.
    pub(super) async fn tell(&self, message: Vec<u8>) -> Result<(), Error> {
        self.send(message, self.headers()).await
    }

    /// Sends a notification with the headers that its revision wants.
    pub(super) async fn notify(&self, notice: Notice) -> Result<(), Error> {
        let mut headers = self.headers();
        headers::mirror(&mut headers, notice.revision, &notice.method, &Mirrored::default())?;
        self.send(notice.frame, headers).await
    }

    async fn send(&self, message: Vec<u8>, headers: HeaderMap) -> Result<(), Error> {
        let outbound = Outbound::Post(message.into());
        let response = self.site.send(&self.site.url, &outbound, &headers).await?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(Error::Http(site::failure(response).await.0))
    }

    /// Sends answers to questions of the server.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        let session = Arc::downgrade(self);
        Arc::new(move |message| {
            let session = session.upgrade();
            Box::pin(async move {
                let Some(session) = session else { return };
                match tokio::time::timeout(ANSWER_PATIENCE, session.tell(message)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(
                        target: "mcp_runtime::client",
                        "an answer did not reach the server: {error}"
                    ),
                    Err(_) => tracing::warn!(
                        target: "mcp_runtime::client",
                        "the server did not accept an answer within {ANSWER_PATIENCE:?}"
                    ),
                }
            })
        })
    }

    /// Tells the server that the session is not needed any more.
    pub(super) async fn delete(site: Arc<Site>, headers: HeaderMap) {
        if headers.contains_key(SESSION_ID) {
            // Servers need not support it, and one that is gone needs nothing.
            let deleting = site.send(&site.url, &Outbound::Delete, &headers);
            let _ = tokio::time::timeout(DELETE_PATIENCE, deleting).await;
        }
    }
}

fn session_id(response: &Response) -> Result<Option<HeaderValue>, Error> {
    let Some(id) = response.headers().get(SESSION_ID) else { return Ok(None) };
    if id.as_bytes().iter().all(|byte| (0x21..=0x7e).contains(byte)) && id.len() <= 1024 {
        let mut id = id.clone();
        id.set_sensitive(true);
        return Ok(Some(id));
    }
    Err(Error::protocol("expected a session id of visible ASCII, got another"))
}

/// Whether a body is an error of the protocol.
fn is_error(body: &[u8]) -> bool {
    matches!(
        jsonrpc::decode(body, Limits::default()),
        Ok(Frame::Single(Message::Response(response))) if response.outcome.is_err()
    )
}
