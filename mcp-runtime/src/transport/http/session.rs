//! One legacy session: what its handshake settled, its requests, its stream.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use mcp_core::jsonrpc::{ProtocolError, RequestId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::answer::{Answer, Source};
use crate::server::lifecycle::Session;
use crate::server::{App, Cancellation, InFlight, Principal, Running, SharedOutlet, announce};

/// A legacy session over HTTP.
pub(super) struct HttpSession {
    pub(super) opened: Arc<Session>,
    pub(super) in_flight: Arc<InFlight>,
    /// The subject who opened it, absent for an anonymous one.
    pub(super) owner: Option<Box<str>>,
    last_used: Mutex<Instant>,
    streams: AtomicUsize,
    /// Ends the stream that is open.
    stream: Mutex<Option<Cancellation>>,
    ended: Cancellation,
}

impl HttpSession {
    pub(super) fn new(opened: Session, principal: Option<&Principal>) -> Self {
        Self {
            opened: Arc::new(opened),
            in_flight: InFlight::new(Default::default()),
            owner: principal.and_then(Principal::subject).map(Into::into),
            last_used: Mutex::new(Instant::now()),
            streams: AtomicUsize::new(0),
            stream: Mutex::default(),
            ended: Cancellation::default(),
        }
    }

    /// Whether a principal may use the session.
    pub(super) fn belongs_to(&self, principal: Option<&Principal>) -> bool {
        self.owner.as_deref() == principal.and_then(Principal::subject)
    }

    /// Remembers that the session is in use.
    pub(super) fn touch(&self) {
        *lock(&self.last_used) = Instant::now();
    }

    pub(super) fn last_used(&self) -> Instant {
        *lock(&self.last_used)
    }

    /// Whether somebody waits for an answer or listens.
    pub(super) fn is_busy(&self) -> bool {
        self.streams.load(Ordering::Acquire) > 0 || !self.in_flight.is_idle()
    }

    /// Whether the session has not been used for so long that it ends.
    pub(super) fn is_expired(&self, idle: Duration) -> bool {
        self.last_used().elapsed() >= idle && !self.is_busy()
    }

    /// Cancels the requests of the session and ends its stream.
    pub(super) fn end(&self) {
        self.ended.cancel();
        self.in_flight.cancel_all();
    }

    /// Runs a request to its end, even if its client goes away.
    pub(super) async fn run(self: &Arc<Self>, mut running: Running) -> Source {
        // Another request of the same array may have it.
        if self.in_flight.contains(running.id()) {
            return Source::Answered(Some(refuse_reused(running.id())));
        }
        let place = self.in_flight.place();
        if place.is_some() {
            // Most handlers answer at once, and need no task for it.
            let first = std::future::poll_fn(|cx| {
                std::task::Poll::Ready(std::pin::Pin::new(&mut running).poll(cx))
            });
            if let std::task::Poll::Ready(completed) = first.await {
                return Source::Answered(Some(Answer::in_session(&completed)));
            }
        }
        let id = running.id().clone();
        let (answer, answered) = oneshot::channel();
        let this = Arc::clone(self);
        let spawned = self.in_flight.spawn(&Handle::current(), running, place, move |completed| {
            this.touch();
            // The client may have gone; the handler has done its work all the same.
            let _ = answer.send(completed);
        });
        if spawned {
            return Source::Elsewhere(answered);
        }
        // The session may have ended meanwhile, and what is cancelled has no answer.
        let is_ended = self.ended.is_cancelled();
        Source::Answered((!is_ended).then(|| refuse_reused(&id)))
    }

    /// What tells the client of changes. It takes the place of an earlier stream, which ends.
    pub(super) fn listen(self: &Arc<Self>, app: Arc<App>, outlet: SharedOutlet) -> Source {
        let replaced = Cancellation::default();
        if let Some(earlier) = lock(&self.stream).replace(replaced.clone()) {
            earlier.cancel();
        }
        self.streams.fetch_add(1, Ordering::AcqRel);
        let open = OpenStream(Arc::clone(self));
        let announcing = announce(app, outlet);
        Source::Changes(Box::pin(async move {
            tokio::select! {
                () = announcing => {}
                () = replaced.cancelled() => {}
                () = open.0.ended.cancelled() => {}
            }
        }))
    }
}

/// Says that an id is taken.
pub(super) fn reused(id: &RequestId) -> ProtocolError {
    ProtocolError::invalid_request(format!(
        "a request with the id {id} is still in flight; ids must not be reused before the answer"
    ))
}

fn refuse_reused(id: &RequestId) -> Answer {
    Answer::error(StatusCode::BAD_REQUEST, Some(id), &reused(id))
}

/// Counts as a use of its session as long as it is there.
struct OpenStream(Arc<HttpSession>);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.touch();
        self.0.streams.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
