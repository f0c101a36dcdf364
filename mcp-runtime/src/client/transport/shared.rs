//! A connection that all requests share: a pipe, or the stream of the legacy SSE transport.

use std::sync::{Arc, Weak};

use mcp_core::jsonrpc::{self, Frame, Limits, Message, Raw, Refusal};

use super::outbox::{self, Outbox};
use super::pending::{PendingReplies, PendingRequests};
use super::{OutgoingRequest, limits};
use crate::client::error::Error;
use crate::client::inbound::{Inbound, Responder};
use crate::client::message::{Notification, excerpt, parse_response};
use crate::client::wire::Direction;

/// Matches the messages of a shared connection with its requests.
pub(crate) struct SharedConnection {
    pub(crate) pending: Arc<PendingRequests>,
    inbound: Arc<Inbound>,
    responder: Responder,
    pub(crate) limits: Limits,
}

impl SharedConnection {
    /// Creates the receiving side of a connection, for messages of a size in bytes.
    pub(crate) fn new(
        outbox: Weak<impl Outbox>,
        inbound: Arc<Inbound>,
        max_message: usize,
    ) -> Arc<Self> {
        let (responder, limits) = (outbox::responder(outbox), limits(max_message));
        Arc::new(Self { pending: Arc::default(), inbound, responder, limits })
    }

    /// Registers a request that is about to be sent. Dropping the replies cancels it.
    ///
    /// # Errors
    /// The reason of the end, if the connection has ended.
    pub(crate) fn register(
        &self,
        request: &OutgoingRequest,
        outbox: &Arc<impl Outbox>,
    ) -> Result<PendingReplies, Error> {
        let (id, is_cancellable) = (request.id, request.is_cancellable);
        let outbox = Arc::clone(outbox);
        self.pending.register(request, move || {
            if is_cancellable {
                outbox::cancel(outbox, id);
            }
        })
    }

    /// Shows a message that is about to be sent to the listener of messages.
    pub(crate) fn sends(&self, message: &[u8]) {
        self.inbound.observe(Direction::Sent, message);
    }

    /// Dispatches a frame that the server sent.
    pub(crate) fn receive(&self, frame: &[u8]) {
        self.inbound.observe(Direction::Received, frame);
        match jsonrpc::decode_from_server(frame, self.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(batch)) => batch.elements().for_each(|element| self.element(element)),
            Err(refusal) => self.refused(frame, &refusal),
        }
    }

    fn element(&self, element: Raw<'_>) {
        let frame = element.as_str().as_bytes();
        match jsonrpc::decode_from_server(frame, self.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(_)) => self.pending.invalid(frame, "a batch in a batch"),
            Err(refusal) => self.refused(frame, &refusal),
        }
    }

    /// Receives what is no message. It is never answered: two sides that answer what they cannot read
    /// would never stop.
    fn refused(&self, frame: &[u8], refusal: &Refusal<'_>) {
        let reason = &refusal.error.message;
        let ends_its_request =
            refusal.answers.as_ref().is_some_and(|id| self.pending.unreadable(id, reason))
                || !refusal.expects_answer
                    && self.pending.malformed_response(no_message(frame, reason));
        if !ends_its_request {
            self.pending.invalid(frame, reason);
        }
    }

    /// Dispatches a message.
    pub(crate) fn message(&self, message: Message<'_>) {
        match message {
            Message::Response(response) => {
                let id = response.id.map(|id| id.to_owned());
                self.pending.response(id.as_ref(), parse_response(response.outcome));
            }
            Message::Notification(received) => {
                if !self.pending.notification(&received) {
                    self.inbound.notification(&Notification::of(&received));
                }
            }
            Message::Request(request) => self.inbound.request(&request, &self.responder),
        }
    }

    /// Ends the connection: fails all requests, and stops answering questions of the server.
    pub(crate) fn end(&self, reason: Error) {
        self.inbound.cancel_questions();
        self.pending.end(reason);
    }
}

/// Error for a frame that is no message.
pub(crate) fn no_message(frame: &[u8], reason: &str) -> Error {
    const MAX_SHOWN: usize = 400;
    let shown = String::from_utf8_lossy(&frame[..frame.len().min(MAX_SHOWN)]);
    Error::protocol(format!("expected a message, got {}: {reason}", excerpt(&shown)))
}
