//! What a server says that answers no request: notifications, and questions in a session.

use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use mcp_core::jsonrpc::{ProtocolError, Raw, Request, RequestId};
use mcp_core::method::{Area, Kind, Method};
use mcp_core::protocol::{CancelledParams, ResourceUpdatedParams};
use mcp_core::revision::{append_json, write_error};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;

use super::cache::Cache;
use super::clock::Pauses;
use super::handlers::Handlers;
use super::in_flight::{InFlight, Whose};
use super::logs::OnLog;
use super::subscription::Event;
use super::transport::{Boxed, Note};

/// Sends an answer to the server.
pub(crate) type Answering = Arc<dyn Fn(Vec<u8>) -> Boxed<'static, ()> + Send + Sync>;

/// How many questions of a server are answered at once; more are refused.
pub(crate) const MOST_QUESTIONS: usize = 32;

/// How many answers, refusals among them, may be under way to a server. One that asks more without
/// reading what it is answered gets no answer to that.
const MOST_ANSWERS: usize = 2 * MOST_QUESTIONS;

/// How many events wait for a subscription that does not read; it is told when there were more.
const MOST_EVENTS: usize = 256;

/// The longest URI of an event that waits. What waits is that often a few MiB.
const LONGEST_URI: usize = 16 << 10;

impl Event {
    /// The same, or what says less where it is too long to wait for who does not read.
    fn within_bounds(self) -> Self {
        match self {
            Self::Resource(uri) if uri.len() > LONGEST_URI => Self::Missed,
            event => event,
        }
    }
}

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
    /// Whether the server may be sent a response at all, which in the modern era none may be. Until
    /// the era is known, a ping is answered.
    answers: AtomicBool,
    /// Questions that are being answered, by the ids of the server.
    answering: Mutex<HashMap<RequestId, AbortHandle>>,
    /// When questions of the server are answered.
    pub(crate) pauses: Arc<Pauses>,
    /// Answers that are not on their way yet.
    under_way: Arc<AtomicUsize>,
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
            answers: AtomicBool::new(true),
            answering: Mutex::default(),
            pauses: Arc::default(),
            under_way: Arc::default(),
        })
    }

    /// Says whether the server may ask by requests of its own.
    pub(crate) fn allow_questions(&self, allowed: bool) {
        self.asks.store(allowed, Ordering::Relaxed);
        self.answers.store(allowed, Ordering::Relaxed);
    }

    /// Whether a request of the server gets a response.
    fn answers(&self, method: Option<Method>) -> bool {
        match method {
            Some(Method::Ping) => self.answers.load(Ordering::Relaxed),
            _ => self.asks.load(Ordering::Relaxed),
        }
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
            let _ = self.events.send(event.within_bounds());
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
        lock(&self.answering)
    }

    /// Takes in a question of the server and answers it when a handler has.
    pub(crate) fn request(self: &Arc<Self>, request: &Request<'_>, answering: &Answering) {
        let id = request.id.to_owned();
        let method = Method::parse(&request.method);
        if !self.answers(method) {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the server sent the request `{}`, which this revision does not allow",
                request.method
            );
            return;
        }
        let Some(under_way) = Counted::within(&self.under_way, MOST_ANSWERS) else {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the server asks without reading the answers; `{}` gets none",
                request.method
            );
            return;
        };
        let params = request.params.map_or("{}", Raw::as_str).to_owned();
        let name = request.method.clone().into_owned();
        // What answers does not hold this, which ends it when the client is dropped.
        let (handlers, answering) = (Arc::clone(&self.handlers), Arc::clone(answering));
        let mut questions = self.questions();
        questions.retain(|_, question| !question.is_finished());
        let is_crowded = questions.len() >= MOST_QUESTIONS;
        let pause = (method != Some(Method::Ping)).then(|| self.pauses.begin());
        let key = id.clone();
        let answered = async move {
            let outcome = match method {
                _ if is_crowded => Err(ProtocolError::internal("too many requests at once")),
                Some(method) => answered_by(&handlers, method, params).await,
                None => Err(ProtocolError::method_not_found(&name)),
            };
            drop(pause);
            answering(answer(&key, outcome)).await;
            drop(under_way);
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

/// What a handler answers. One that panics does not keep the server waiting.
async fn answered_by(
    handlers: &Handlers,
    method: Method,
    params: String,
) -> Result<String, ProtocolError> {
    let mut question = std::pin::pin!(handlers.question(method, Raw::from_accepted(&params)));
    std::future::poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| question.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| {
            Poll::Ready(Err(ProtocolError::internal("the handler of this question failed")))
        })
    })
    .await
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Inbound {
    fn drop(&mut self) {
        self.end_questions();
    }
}

/// One more of what an [`Inbound`] counts, until it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn of(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(counter))
    }

    /// The same where there are fewer than so many.
    fn within(counter: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        // Two that come at the same time may both be the last, which is no harm.
        (counter.load(Ordering::SeqCst) < most).then(|| Self::of(counter))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The change that a notification tells.
pub(crate) fn event(method: Method, note: &Note) -> Option<Event> {
    if method.kind() == Kind::Request {
        return None;
    }
    match method.area() {
        Area::Tools => Some(Event::Tools),
        Area::Prompts => Some(Event::Prompts),
        Area::Resources if method.subject().is_none() => Some(Event::Resources),
        Area::Resources => {
            let params: ResourceUpdatedParams = note.params.raw().parse().ok()?;
            Some(Event::Resource(params.uri))
        }
        Area::Lifecycle
        | Area::Completion
        | Area::Logging
        | Area::Subscriptions
        | Area::Sampling
        | Area::Elicitation
        | Area::Roots
        | Area::Tasks
        | Area::Utilities => None,
    }
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
