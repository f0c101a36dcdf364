//! A connection that all requests share: a pipe, or the stream of the legacy SSE transport.

use std::sync::Arc;

use mcp_core::jsonrpc::{self, Frame, Limits, Message, Raw, Refusal};

use super::outbox::{self, Outbox};
use super::pending::{PendingReplies, PendingRequests};
use super::{OutgoingRequest, limits};
use crate::client::error::Error;
use crate::client::inbound::{Inbound, Responder};
use crate::client::message::{Notification, parse_response};

/// Matches the messages of a shared connection with its requests.
pub(crate) struct SharedConnection {
    pub(crate) pending: Arc<PendingRequests>,
    inbound: Arc<Inbound>,
    responder: Responder,
    limits: Limits,
}

impl SharedConnection {
    /// Creates the receiving side of a connection, for messages of a size in bytes.
    pub(crate) fn new(
        outbox: &Arc<impl Outbox>,
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
        self.pending.register(id, move || {
            if is_cancellable {
                outbox::cancel(outbox, id);
            }
        })
    }

    /// Dispatches a frame that the server sent.
    pub(crate) fn receive(&self, frame: &[u8]) {
        match jsonrpc::decode_from_server(frame, self.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(batch)) => batch.elements().for_each(|element| self.element(element)),
            Err(refusal) => self.unreadable(frame, &refusal),
        }
    }

    /// Fails the request that a message was the response to, if it is a pending one.
    fn unreadable(&self, frame: &[u8], refusal: &Refusal<'_>) {
        let reason = &refusal.error.message;
        let answers = refusal.answers.as_ref();
        if !answers.is_some_and(|id| self.pending.unreadable(id, reason)) {
            // Never answered: two sides that answer what they cannot read would never stop.
            self.pending.invalid(frame, reason);
        }
    }

    fn element(&self, element: Raw<'_>) {
        let frame = element.as_str().as_bytes();
        match jsonrpc::decode_from_server(frame, self.limits) {
            Ok(Frame::Single(message)) => self.message(message),
            Ok(Frame::Batch(_)) => self.pending.invalid(frame, "a batch in a batch"),
            Err(refusal) => self.unreadable(frame, &refusal),
        }
    }

    fn message(&self, message: Message<'_>) {
        match message {
            Message::Response(response) => {
                let id = response.id.map(|id| id.to_owned());
                self.pending.response(id, parse_response(response.outcome));
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
