//! One connection of a client: the action that each of its messages leads to.
//!
//! A connection is a pipe, a session over HTTP, or a single POST that stands alone. All rules about
//! messages are here: an unopened connection, a second `initialize`, a reused id, too many requests,
//! cancellation, changed roots, responses and arrays of messages. A transport implements
//! [`Delivery`] and carries out the [`Action`]; it adds only bytes, statuses and headers.

mod action;
mod array;
mod delivery;
mod notification;
mod request;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mcp_core::jsonrpc::{
    Frame, Message, Raw, Refusal, RequestId, Response, decode, decode_repeating,
};

#[cfg(feature = "http")]
pub(crate) use self::action::STORE_UNAVAILABLE;
pub(crate) use self::action::{Action, Opened, Reason, Refused, Step};
pub(crate) use self::array::Gathering;
pub(crate) use self::delivery::{Delivery, NoSession, Unclaimed};
use self::request::AdmittedRequest;
use super::in_flight::{Capacity, InFlight};
use crate::component::extension::inbox::Inbox;
use crate::context::budget::Budget;
use crate::context::pending_questions::is_question_id;
use crate::context::session::Session;

/// State of a connection that outlives its messages.
pub(crate) struct Connection {
    /// Set by the handshake.
    session: OnceLock<Arc<Session>>,
    /// Requests without an answer yet.
    pub(crate) in_flight: Arc<InFlight>,
    /// Notifications of extensions, handled one after the other.
    pub(crate) inbox: Inbox,
    /// Memory that the client may hold.
    pub(crate) budget: Arc<Budget>,
}

impl Connection {
    /// Creates a connection whose handshake is still to come.
    pub(crate) fn new(capacity: Capacity, budget: Arc<Budget>) -> Arc<Self> {
        let in_flight = InFlight::new(capacity, Arc::clone(&budget));
        let (session, inbox) = (OnceLock::new(), Inbox::new(Arc::clone(&budget)));
        Arc::new(Self { session, in_flight, inbox, budget })
    }

    /// Creates the connection of a session.
    #[cfg(feature = "http")]
    pub(crate) fn opened(session: Arc<Session>) -> Arc<Self> {
        let connection = Self::new(Capacity::default(), Arc::clone(&session.budget));
        connection.open(session);
        connection
    }

    /// Enters the session that a handshake has opened.
    pub(crate) fn open(&self, session: Arc<Session>) {
        // The second handshake of a connection is refused, so it is set once.
        let _ = self.session.set(session);
    }

    /// Session of the connection, once it is open.
    pub(crate) fn session(&self) -> Option<&Arc<Session>> {
        self.session.get()
    }

    /// Cancels the requests in flight and drops what waits.
    pub(crate) fn end(&self) {
        self.in_flight.cancel_all();
        self.close_questions();
        self.inbox.end();
    }

    /// Fails the questions to the client, because no response can arrive any more.
    pub(crate) fn close_questions(&self) {
        if let Some(session) = self.session() {
            session.questions.close();
        }
    }

    /// Cancels a request. Returns its id if it is not in flight.
    fn cancel(&self, params: Option<Raw<'_>>) -> Option<RequestId> {
        let id = params.and_then(|params| params.member("requestId"));
        let id = id.and_then(|id| id.parse::<RequestId>().ok())?;
        (!self.in_flight.cancel(&id)).then_some(id)
    }

    /// Delivers a response. Returns `false` if it answers no pending question.
    fn answer(&self, response: &Response<'_>) -> bool {
        let session = self.session();
        session.is_some_and(|session| session.questions.answer(response, &session.budget))
    }
}

/// The action that a message leads to, once nothing borrows from its frame any more.
enum Received<T> {
    /// A request is served. Its frame becomes a part of it without another reference, whose count would be
    /// one more allocation.
    Request(AdmittedRequest),
    /// Anything else.
    Other(T),
}

/// Receives one frame of a client.
pub(crate) fn receive<D: Delivery>(delivery: &mut D, frame: Bytes) -> Action {
    let received = match decoded(delivery, &frame) {
        Ok(Frame::Single(Message::Request(message))) => {
            request::receive(delivery, &frame, &message)
        }
        Ok(Frame::Single(Message::Notification(message))) => {
            Received::Other(notification::receive(delivery, &frame, &message))
        }
        Ok(Frame::Single(Message::Response(message))) => {
            Received::Other(Action::Step(response(delivery, &frame, &message)))
        }
        Ok(Frame::Batch(messages)) => Received::Other(array::receive(delivery, messages)),
        Err(refusal) => Received::Other(Action::Step(malformed(delivery, refusal))),
    };
    match received {
        Received::Request(request) => Action::Step(request.serve(delivery, frame)),
        Received::Other(action) => action,
    }
}

fn decoded<'f, D: Delivery>(delivery: &D, frame: &'f [u8]) -> Result<Frame<'f>, Refusal<'f>> {
    let limits = delivery.app().limits;
    match delivery.last_meta() {
        Some(last_meta) => decode_repeating(frame, limits, last_meta),
        None => decode(frame, limits),
    }
}

/// Receives one message of an array that [`receive`] has split.
///
/// It belongs to the session of the array, even if it carries a protocol version of its own.
pub(crate) fn receive_entry<D: Delivery>(delivery: &mut D, frame: Bytes) -> Step {
    let received = match decode(&frame, delivery.app().limits) {
        Ok(Frame::Single(Message::Request(message))) => request::entry(delivery, &frame, &message),
        Ok(Frame::Single(Message::Notification(message))) => {
            Received::Other(notification::entry(delivery, &frame, &message))
        }
        Ok(Frame::Single(Message::Response(message))) => {
            Received::Other(response(delivery, &frame, &message))
        }
        Ok(Frame::Batch(_)) => Received::Other(Step::refuse(None, array::not_allowed())),
        Err(refusal) => Received::Other(malformed(delivery, refusal)),
    };
    match received {
        Received::Request(request) => request.serve(delivery, frame),
        Received::Other(step) => step,
    }
}

fn response<D: Delivery>(delivery: &mut D, frame: &Bytes, response: &Response<'_>) -> Step {
    if delivery.stands_alone() {
        return Step::refuse(None, Reason::invalid("this revision has no responses of clients"));
    }
    match delivery.connection() {
        Ok(Some(connection)) => {
            if !connection.answer(response) {
                let id = response.id.map(|id| id.to_owned());
                tracing::debug!(?id, "a response answers no request of this instance");
                if let Some(question) = question(id) {
                    delivery.pass_on(Unclaimed::Answer { question, response: frame.clone() });
                }
            }
            Step::Done
        }
        Ok(None) => Step::refuse(None, Reason::NotOpened),
        Err(obstacle) => Step::refuse(None, obstacle.into()),
    }
}

/// The id of a response, if it may be that of a question.
fn question(id: Option<RequestId>) -> Option<Box<str>> {
    match id {
        Some(RequestId::Text(id)) if is_question_id(&id) => Some(id),
        _ => None,
    }
}

/// Refuses what is not a message. A question that it would answer gets no other answer, so it fails.
fn malformed<D: Delivery>(delivery: &mut D, refusal: Refusal<'_>) -> Step {
    let Refusal { id, error, expects_answer, answers } = refusal;
    let unread = answers.clone().filter(|_| !delivery.stands_alone());
    let failed_question = answers.filter(|_| !delivery.stands_alone()).is_some_and(|asked| {
        let connection = delivery.connection().ok().flatten();
        let session = connection.and_then(|connection| connection.session());
        session.is_some_and(|session| session.questions.unreadable(&asked, &error.message))
    });
    if !failed_question && let Some(question) = question(unread) {
        delivery.pass_on(Unclaimed::Unreadable { question, reason: error.message.to_string() });
    }
    let expects_answer = expects_answer && !failed_question;
    let id = id.map(|id| id.to_owned());
    Step::Refuse(Refused { id, reason: Reason::Invalid(error), expects_answer })
}
