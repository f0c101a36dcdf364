//! What a server says that answers no request: notifications, and questions in a session.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{ProtocolError, Raw, Request, RequestId};
use mcp_core::method::Method;
use mcp_core::protocol::{CancelledParams, ResourceUpdatedParams};
use mcp_core::revision::{append_json, write_error};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::cache::Cache;
use super::handlers::Handlers;
use super::in_flight::{InFlight, Whose};
use super::logs::OnLog;
use super::subscription::Event;
use super::transport::{Boxed, Note};

/// Sends an answer to the server.
pub(crate) type Answering = Arc<dyn Fn(Vec<u8>) -> Boxed<'static, ()> + Send + Sync>;

/// How many questions of a server are answered at once; more are refused.
const MOST_QUESTIONS: usize = 32;

/// How many events wait for a subscription that does not read; it is told when there were more.
const MOST_EVENTS: usize = 256;

/// Receives what belongs to no request, for one client.
pub(crate) struct Inbound {
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) cache: Cache,
    /// What tells the server from others in the cache.
    pub(crate) origin: Arc<str>,
    /// Requests in flight, and who hears what the server logs for each.
    pub(crate) requests: Arc<InFlight<Option<OnLog>>>,
    /// Changes that a session tells, for all subscriptions.
    events: broadcast::Sender<Event>,
    /// Whether the server may ask by requests of its own.
    asks: AtomicBool,
    /// Questions that are being answered, by the ids of the server.
    answering: Mutex<HashMap<RequestId, AbortHandle>>,
    busy: AtomicUsize,
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
            events: broadcast::channel(MOST_EVENTS).0,
            asks: AtomicBool::new(false),
            answering: Mutex::default(),
            busy: AtomicUsize::new(0),
        })
    }

    /// Says whether the server may ask by requests of its own.
    pub(crate) fn allow_questions(&self, allowed: bool) {
        self.asks.store(allowed, Ordering::Relaxed);
    }

    /// Whether a question of the server is being answered, so that it is not the server that is
    /// waited for.
    pub(crate) fn is_answering(&self) -> bool {
        self.busy.load(Ordering::Relaxed) > 0
    }

    /// Hears of changes from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Takes in a notification that belongs to no request. Handlers run at once, so they are quick.
    pub(crate) fn notification(&self, note: &Note) {
        let Some(method) = Method::parse(&note.method) else {
            self.handlers.other(&note.method, note.params.raw());
            return;
        };
        if let Some(event) = event(method, note) {
            self.change(&event);
            // Nobody subscribed.
            let _ = self.events.send(event);
            return;
        }
        match method {
            Method::LogMessage => self.log_of_somebody(note.params.raw()),
            Method::ElicitationComplete => self.handlers.elicitation_complete(note.params.raw()),
            Method::Cancelled => self.cancel(note.params.raw()),
            // Progress of a request that has just ended.
            Method::Progress => {}
            _ => self.handlers.other(&note.method, note.params.raw()),
        }
    }

    /// Takes in a log message that came with the replies to a request.
    pub(crate) fn log(&self, params: Raw<'_>, heard: &OnLog) {
        self.handlers.log(params);
        heard(params);
    }

    fn log_of_somebody(&self, params: Raw<'_>) {
        self.handlers.log(params);
        if let Whose::Of(Some(heard)) = self.requests.whose() {
            heard(params);
        }
    }

    /// What a session said may not have been heard.
    #[cfg(feature = "client-http")]
    pub(crate) fn missed(&self) {
        self.change(&Event::Missed);
        // Nobody subscribed.
        let _ = self.events.send(Event::Missed);
    }

    /// Something changed: what is cached of it is stale.
    pub(crate) fn change(&self, event: &Event) {
        self.cache.invalidate(&self.origin, event);
        self.handlers.changed(event);
    }

    fn cancel(&self, params: Raw<'_>) {
        let Ok(CancelledParams { request_id: Some(id), .. }) = params.parse() else { return };
        if let Some(question) = self.questions().remove(&id) {
            question.abort();
        }
    }

    fn questions(&self) -> MutexGuard<'_, HashMap<RequestId, AbortHandle>> {
        self.answering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a question of the server and answers it when a handler has.
    pub(crate) fn request(self: &Arc<Self>, request: &Request<'_>, answering: &Answering) {
        let id = request.id.to_owned();
        let method = Method::parse(&request.method);
        if !self.asks.load(Ordering::Relaxed) && method != Some(Method::Ping) {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the server sent the request `{}`, which this revision does not allow",
                request.method
            );
            return;
        }
        let params = request.params.map_or("{}", Raw::as_str).to_owned();
        let name = request.method.clone().into_owned();
        let (inbound, answering) = (Arc::clone(self), Arc::clone(answering));
        let is_crowded = self.questions().len() >= MOST_QUESTIONS;
        let busy = Busy::of(self, method != Some(Method::Ping));
        let key = id.clone();
        let answered = async move {
            let outcome = match method {
                _ if is_crowded => Err(ProtocolError::internal("too many requests at once")),
                Some(method) => {
                    inbound.handlers.question(method, Raw::from_accepted(&params)).await
                }
                None => Err(ProtocolError::method_not_found(&name)),
            };
            drop(busy);
            inbound.questions().remove(&key);
            answering(answer(&key, outcome)).await;
        };
        let task = tokio::spawn(answered);
        if !is_crowded && !task.is_finished() {
            self.questions().insert(id, task.abort_handle());
            self.questions().retain(|_, question| !question.is_finished());
        }
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        for question in self.questions().values() {
            question.abort();
        }
    }
}

/// Counts a question while it is being answered.
struct Busy(Arc<Inbound>, bool);

impl Busy {
    fn of(inbound: &Arc<Inbound>, counts: bool) -> Self {
        inbound.busy.fetch_add(usize::from(counts), Ordering::Relaxed);
        Self(Arc::clone(inbound), counts)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(usize::from(self.1), Ordering::Relaxed);
    }
}

/// The change that a notification tells.
pub(crate) fn event(method: Method, note: &Note) -> Option<Event> {
    Some(match method {
        Method::ToolsListChanged => Event::Tools,
        Method::PromptsListChanged => Event::Prompts,
        Method::ResourcesListChanged => Event::Resources,
        Method::ResourceUpdated => {
            let params: ResourceUpdatedParams = note.params.raw().parse().ok()?;
            Event::Resource(params.uri)
        }
        _ => return None,
    })
}

fn answer(id: &RequestId, outcome: Result<String, ProtocolError>) -> Vec<u8> {
    let mut message = Vec::new();
    match outcome {
        Ok(result) => {
            message.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
            append_json(&mut message, id);
            message.extend_from_slice(br#","result":"#);
            message.extend_from_slice(result.as_bytes());
            message.push(b'}');
        }
        Err(error) => write_error(&mut message, Some(id), &error),
    }
    message
}
