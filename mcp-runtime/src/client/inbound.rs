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
    /// Changes that a session tells, for all subscriptions.
    events: broadcast::Sender<Event>,
    /// Whether the server may ask by requests of its own.
    asks: AtomicBool,
    /// Questions that are being answered, by the ids of the server.
    answering: Mutex<HashMap<RequestId, AbortHandle>>,
    busy: Arc<AtomicUsize>,
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
            events: broadcast::channel(MOST_EVENTS).0,
            asks: AtomicBool::new(false),
            answering: Mutex::default(),
            busy: Arc::default(),
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
            Method::LogMessage => self.handlers.log(note.params.raw()),
            Method::ElicitationComplete => self.handlers.elicitation_complete(note.params.raw()),
            Method::Cancelled => self.cancel(note.params.raw()),
            // Progress of a request that has just ended.
            Method::Progress => {}
            _ => self.handlers.other(&note.method, note.params.raw()),
        }
    }

    /// What a session said may not have been heard.
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
        // What answers does not hold this, which ends it when the client is dropped.
        let (handlers, answering) = (Arc::clone(&self.handlers), Arc::clone(answering));
        let mut questions = self.questions();
        questions.retain(|_, question| !question.is_finished());
        let is_crowded = questions.len() >= MOST_QUESTIONS;
        let busy = (method != Some(Method::Ping)).then(|| Busy::of(&self.busy));
        let key = id.clone();
        let answered = async move {
            let outcome = match method {
                _ if is_crowded => Err(ProtocolError::internal("too many requests at once")),
                Some(method) => handlers.question(method, Raw::from_accepted(&params)).await,
                None => Err(ProtocolError::method_not_found(&name)),
            };
            drop(busy);
            answering(answer(&key, outcome)).await;
        };
        let task = tokio::spawn(answered);
        if !is_crowded {
            questions.insert(id, task.abort_handle());
        }
    }

    /// The connection has ended, so nobody waits for answers any more.
    pub(crate) fn end_questions(&self) {
        for (_, question) in self.questions().drain() {
            question.abort();
        }
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.end_questions();
    }
}

/// Counts a question while it is being answered.
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn of(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
