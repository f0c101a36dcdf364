//! The actions that messages lead to.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{ProtocolError, RequestId};
use mcp_core::revision::write_error;

#[cfg(feature = "http")]
use super::NoSession;
use crate::component::extension::notification::RunningNotification;
use crate::component::scopes::RequiredScopes;
use crate::context::budget::Exceeded;
use crate::context::session::Session;
use crate::server::request_limits::Busy;
use crate::server::running::{Completed, Running};
use crate::shorten::shorten;

/// Action of a transport upon a frame.
pub(crate) enum Action {
    /// Take the step of a single message.
    Step(Step),
    /// Keep a new session and send the answer to its handshake.
    Open(Opened),
    /// Drive the handler of a notification that belongs to no connection.
    Notify(RunningNotification),
    /// Receive each message of an array, and send the gathered answers.
    Array(Vec<Bytes>),
}

/// Message of the error while the store of sessions cannot be reached.
pub(crate) const STORE_UNAVAILABLE: &str =
    "the store of sessions cannot be reached now; send the message again later";

/// A session that a handshake has opened.
pub(crate) struct Opened {
    pub(crate) session: Arc<Session>,
    /// Id of the handshake.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "a pipe always keeps it"))]
    pub(crate) id: RequestId,
    /// Answer to the handshake.
    pub(crate) answer: Vec<u8>,
}

/// Action of a transport upon a single message.
pub(crate) enum Step {
    /// Send the answer.
    Answer(Completed),
    /// Run the handler, and send its answer.
    Run(Running),
    /// Send an error.
    Refuse(Refused),
    /// Nothing: the message has no answer.
    Done,
}

impl Step {
    pub(super) fn refuse(id: Option<&RequestId>, reason: Reason) -> Self {
        Self::Refuse(Refused { id: id.cloned(), reason, expects_answer: true })
    }
}

/// A message that is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Id of the request, where it could be read.
    pub(crate) id: Option<RequestId>,
    pub(crate) reason: Reason,
    /// `false` if the message is shaped like a notification or a response.
    pub(crate) expects_answer: bool,
}

impl Refused {
    /// The refusal of a request whose id is in use.
    pub(crate) fn reused(id: RequestId) -> Self {
        Self { id: Some(id), reason: Reason::ReusedId, expects_answer: true }
    }

    /// The refusal of a request whose session cannot be found.
    #[cfg(feature = "http")]
    pub(crate) fn for_session(obstacle: NoSession) -> Self {
        Self { id: None, reason: obstacle.into(), expects_answer: true }
    }

    /// Error object of the answer.
    pub(crate) fn error(&self) -> ProtocolError {
        match (&self.reason, &self.id) {
            (Reason::Invalid(error) | Reason::NotAcceptable(error), _) => error.clone(),
            (Reason::NotOpened, _) => ProtocolError::invalid_request(
                "not initialized: send `initialize` first, or a protocol version in `_meta`",
            ),
            (Reason::UnknownSession, _) => ProtocolError::invalid_request(
                "unknown session: send `initialize` without the header `Mcp-Session-Id`",
            ),
            (Reason::TooManySessions, _) => ProtocolError::internal(
                "the server has too many sessions; send the message again later",
            ),
            (Reason::StoreUnavailable, _) => ProtocolError::internal(STORE_UNAVAILABLE),
            (Reason::AlreadyOpen, _) => {
                ProtocolError::invalid_request("the session is already initialized")
            }
            (Reason::ReusedId, Some(id)) => ProtocolError::invalid_request(format!(
                "a request with the id {} is still in flight; ids must not be reused before the answer",
                shorten(&id.to_string())
            )),
            (Reason::ReusedId, None) => {
                ProtocolError::invalid_request("a request with this id is still in flight")
            }
            (Reason::Exceeded(exceeded), _) => exceeded.error(),
            (Reason::Busy(busy), _) => busy.error.clone(),
            (Reason::LackingScopes(scopes), _) => scopes.error(),
            (Reason::TooManyInFlight, _) => {
                ProtocolError::internal("the connection has too many requests in flight")
            }
        }
    }

    /// Appends the answer, JSON text without a line break.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match &self.reason {
            Reason::Busy(busy) => busy.answer.write(out),
            _ => write_error(out, self.id.as_ref(), &self.error()),
        }
    }
}

/// Reason for refusing a message. HTTP derives its status from it.
#[derive(Debug)]
pub(crate) enum Reason {
    /// The message is malformed, or its revision does not allow it.
    Invalid(ProtocolError),
    /// The client does not accept the form that the answer would have.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "a pipe has one form"))]
    NotAcceptable(ProtocolError),
    /// The message belongs to a session, and none is open.
    NotOpened,
    /// The session was never opened, has ended, or belongs to another client.
    UnknownSession,
    /// The store of sessions cannot be reached.
    StoreUnavailable,
    /// The server serves as many sessions as it may.
    TooManySessions,
    /// A second handshake.
    AlreadyOpen,
    /// The id of a request that is still in flight.
    ReusedId,
    /// The connection has as many requests in flight as it may have.
    TooManyInFlight,
    /// There is no memory for the request.
    Exceeded(Exceeded),
    /// A limit of requests is reached.
    Busy(Box<Busy>),
    /// The sender lacks a scope of these.
    LackingScopes(RequiredScopes),
}

impl Reason {
    pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(ProtocolError::invalid_request(message))
    }
}
