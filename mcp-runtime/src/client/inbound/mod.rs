//! Messages of a server that belong to no request: notifications, and questions of a session.

mod requests;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use mcp_core::jsonrpc::{Raw, RequestId};
use mcp_core::method::Method;
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::cache::Cache;
use super::clock::Pauses;
use super::event::Event;
use super::handlers::Handlers;
use super::in_flight::{InFlight, Owner};
use super::log::OnLog;
use super::message::Notification;
use super::wire::Direction;

pub(crate) use requests::{MAX_QUESTIONS, Responder};

/// Largest number of events that are queued for a slow subscription. When more arrive, it receives
/// [`Event::Missed`].
const MAX_EVENTS: usize = 256;

/// Receives the messages that belong to no request, for one client.
pub(crate) struct Inbound {
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) cache: Cache,
    /// Identity of the server in the cache.
    pub(crate) origin: Arc<str>,
    /// Requests in flight, each with the receiver of its log messages.
    pub(crate) requests: Arc<InFlight<Option<OnLog>>>,
    /// Changes that a session announces, for all subscriptions.
    events: broadcast::Sender<Event>,
    /// `true` if the server may send requests.
    allows_requests: AtomicBool,
    /// `true` if the server may be sent responses, as it may not be in the modern era. Pings are
    /// answered until the era is known.
    allows_responses: AtomicBool,
    /// Questions that are being answered, by the ids of the server.
    questions: Mutex<HashMap<RequestId, AbortHandle>>,
    /// Times in which questions of the server are answered.
    pub(crate) pauses: Arc<Pauses>,
    /// Number of responses that are being made or sent.
    pending_responses: Arc<AtomicUsize>,
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound").finish_non_exhaustive()
    }
}

impl Inbound {
    pub(crate) fn new(handlers: Arc<Handlers>, cache: Cache, origin: Arc<str>) -> Arc<Self> {
        Arc::new(Self {
            handlers,
            cache,
            origin,
            requests: Arc::default(),
            events: broadcast::channel(MAX_EVENTS).0,
            allows_requests: AtomicBool::new(false),
            allows_responses: AtomicBool::new(true),
            questions: Mutex::default(),
            pauses: Arc::default(),
            pending_responses: Arc::default(),
        })
    }

    /// Shows a message to the listener of messages, if there is one.
    #[inline]
    pub(crate) fn observe(&self, direction: Direction, message: &[u8]) {
        if let Some(listener) = &self.handlers.message {
            listener(direction, &String::from_utf8_lossy(message));
        }
    }

    /// Sets whether the server may send requests.
    pub(crate) fn allow_requests(&self, allowed: bool) {
        self.allows_requests.store(allowed, Ordering::Relaxed);
        self.allows_responses.store(allowed, Ordering::Relaxed);
    }

    /// Subscribes to the changes that the session announces from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Dispatches a notification that belongs to no request. Handlers run at once and have to return
    /// soon.
    pub(crate) fn notification(&self, notification: &Notification) {
        let params = notification.params.raw();
        let Some(method) = Method::parse(&notification.method) else {
            self.handlers.other(&notification.method, params);
            return;
        };
        if let Some(event) = Event::announced_by(method, notification) {
            self.change(&event);
            // Fails if there is no subscription.
            let _ = self.events.send(event.bounded());
            return;
        }
        match method {
            Method::LogMessage => self.unaddressed_log(params),
            Method::ElicitationComplete => self.handlers.elicitation_complete(params),
            Method::Cancelled => self.cancel_question(params),
            // Progress of a request that has just ended.
            Method::Progress => {}
            _ => self.handlers.other(&notification.method, params),
        }
    }

    /// Dispatches a log message that arrived with the replies to a request.
    pub(crate) fn log(&self, params: Raw<'_>, on_log: &OnLog) {
        self.handlers.log(params);
        on_log(params);
    }

    /// Dispatches a log message that arrived on a connection which all requests share. It does not
    /// state its request, so it goes to a request only while one is in flight.
    fn unaddressed_log(&self, params: Raw<'_>) {
        self.handlers.log(params);
        if let Owner::One(Some(on_log)) = self.requests.owner() {
            on_log(params);
        }
    }

    /// Reports that notifications of a session may have been lost.
    #[cfg(feature = "client-http")]
    pub(crate) fn missed(&self) {
        self.change(&Event::Missed);
        // Fails if there is no subscription.
        let _ = self.events.send(Event::Missed);
    }

    /// Invalidates the cached results that a change makes stale, and reports the change.
    pub(crate) fn change(&self, event: &Event) {
        self.cache.invalidate(&self.origin, event);
        self.handlers.changed(event);
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.cancel_questions();
    }
}
