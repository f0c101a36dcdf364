//! One legacy session: what its handshake settled, its requests, its stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::Response;
use tokio::time::Instant;

use super::answer::Answer;
use super::config::HttpConfig;
use super::headers::Accepts;
use super::log::Kept;
use super::response::{self, HttpBody};
use super::resumed::{Driven, Reading};
use super::stream::{Manner, Seat, Start, Stream};
use super::streams::{EventId, Streams};
use crate::component::app::App;
use crate::context::cancellation::Cancellation;
use crate::context::principal::Principal;
use crate::context::session::Session;
use crate::context::sink::{NotificationSink, SharedSink};
use crate::server::connection::{Connection, Refused};
use crate::server::in_flight::FirstPoll;
use crate::server::running::Running;
use crate::server::subscriptions::announce;

/// A legacy session over HTTP.
pub(super) struct HttpSession {
    pub(super) opened: Arc<Session>,
    pub(super) connection: Arc<Connection>,
    /// The subject who opened it, absent for an anonymous one.
    pub(super) owner: Option<Box<str>>,
    last_used: Mutex<Instant>,
    streams: Streams,
    /// How many connections read one of them.
    listening: AtomicUsize,
    ended: Cancellation,
}

impl HttpSession {
    pub(super) fn new(
        opened: Arc<Session>,
        principal: Option<&Principal>,
        kept: Arc<Kept>,
    ) -> Self {
        Self {
            connection: Connection::opened(Arc::clone(&opened)),
            opened,
            owner: principal.and_then(Principal::subject).map(Into::into),
            last_used: Mutex::new(Instant::now()),
            streams: Streams::new(kept),
            listening: AtomicUsize::new(0),
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
        self.listening.load(Ordering::Acquire) > 0 || !self.connection.in_flight.is_idle()
    }

    /// Whether the session has not been used for so long that it ends.
    pub(super) fn is_expired(&self, idle: Duration) -> bool {
        self.last_used().elapsed() >= idle && !self.is_busy()
    }

    /// Cancels the requests of the session and ends its stream.
    pub(super) fn end(&self) {
        self.ended.cancel();
        self.connection.end();
        self.streams.end();
    }

    fn manner(&self, accepts: Accepts, config: &HttpConfig) -> Manner {
        let primed = self.opened.revision.facts().primed_streams;
        Manner { primed, retry: config.retry_interval, accepts }
    }

    /// A stream for the answer to a request.
    pub(super) fn stream(&self, accepts: Accepts, config: &HttpConfig) -> Arc<Stream> {
        self.streams.make(self.manner(accepts, config))
    }

    /// The way from the handler of a request to its client.
    pub(super) fn sink(self: &Arc<Self>, stream: &Arc<Stream>) -> SharedSink {
        Arc::new(ToClient { stream: Some(Arc::clone(stream)), session: Arc::clone(self) })
    }

    /// The way to a client that reads no events in answer to its request.
    pub(super) fn aside(self: &Arc<Self>) -> SharedSink {
        Arc::new(ToClient { stream: None, session: Arc::clone(self) })
    }

    /// Runs a handler to its end, even if its client disconnects. The answer is returned if it is
    /// known at once, and delivered otherwise.
    pub(super) async fn run(
        self: &Arc<Self>,
        mut running: Running,
        deliver: impl FnOnce(Answer) + Send + 'static,
    ) -> Option<Answer> {
        let in_flight = &self.connection.in_flight;
        // Most handlers answer at once, and need no task for it.
        let first = poll_fn(|cx| {
            let poll = |running: &mut Running| Pin::new(running).poll(cx);
            Poll::Ready(in_flight.first_poll(&mut running, poll))
        });
        let place = match first.await {
            FirstPoll::Completed(completed) => return Some(Answer::in_session(&completed)),
            FirstPoll::Pending(place) => place,
        };
        let id = running.id().clone();
        let this = Arc::clone(self);
        let spawned = in_flight.spawn(running, place, move |completed| {
            this.touch();
            deliver(Answer::in_session(&completed));
        });
        // Another request with the id may have come at the same time. If the session has ended
        // meanwhile, the request is cancelled and has no answer.
        (!spawned && !self.ended.is_cancelled()).then(|| Answer::refused(&Refused::reused(id)))
    }

    /// Runs a request, and responds with its answer alone or with a stream that ends with it.
    pub(super) async fn respond(
        self: &Arc<Self>,
        running: Running,
        stream: Arc<Stream>,
        keep_alive: Duration,
    ) -> Response<HttpBody> {
        let owed = Owed(Arc::clone(&stream));
        if let Some(answer) = self.run(running, move |answer| owed.0.finish(answer)).await {
            stream.finish(answer);
        }
        let waiting = Waiting(&stream);
        let start = std::future::poll_fn(|cx| stream.poll_start(cx)).await;
        drop(waiting);
        match start {
            Start::Json(answer) => response::json(answer.status, answer.json),
            Start::Stream => {
                self.streams.keep(Arc::clone(&stream));
                let seat = stream.first_seat();
                self.read(stream, seat, None, keep_alive)
            }
        }
    }

    fn read(
        self: &Arc<Self>,
        stream: Arc<Stream>,
        seat: Seat,
        driven: Option<Driven>,
        keep_alive: Duration,
    ) -> Response<HttpBody> {
        self.listening.fetch_add(1, Ordering::AcqRel);
        let listening = Listening(Arc::clone(self));
        response::reading(Reading::new(stream, seat, driven, keep_alive, listening))
    }

    /// Reads the stream of a request from behind an event; `None` if there is no such event.
    pub(super) fn resume(
        self: &Arc<Self>,
        last: EventId,
        keep_alive: Duration,
    ) -> Option<Response<HttpBody>> {
        let stream = self.streams.find(last)?;
        let seat = stream.take_seat(Some(last.event))?;
        Some(self.read(stream, seat, None, keep_alive))
    }

    /// Listens for changes, from behind an event if one is given; `None` if there is no such event.
    /// Takes the place of who listened before.
    pub(super) fn listen(
        self: &Arc<Self>,
        app: &Arc<App>,
        last: Option<EventId>,
        config: &HttpConfig,
    ) -> Option<Response<HttpBody>> {
        let accepts = Accepts { json: false, events: true };
        let stream = Arc::clone(self.streams.own(self.manner(accepts, config)));
        let seat = stream.take_seat(last.map(|last| last.event))?;
        if !seat.is_gapless {
            self.opened.watch.mark_all();
        }
        stream.begin();
        // The session may have ended before it had a stream of its own.
        if self.ended.is_cancelled() {
            stream.end();
        }
        let announcing = announce(Arc::clone(app), Arc::clone(&self.opened), stream.clone());
        Some(self.read(stream, seat, Some(Box::pin(announcing)), config.keep_alive_interval))
    }
}

/// The way from a handler to its client: the stream of its request. What has to arrive and cannot go
/// there goes to the stream that the session listens to.
struct ToClient {
    stream: Option<Arc<Stream>>,
    session: Arc<HttpSession>,
}

impl ToClient {
    /// The stream of the request, if its client reads one and it has not ended.
    fn own(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref().filter(|stream| stream.has_events() && !stream.is_ended())
    }
}

impl NotificationSink for ToClient {
    fn notify(&self, message: Vec<u8>) {
        if let Some(stream) = &self.stream {
            stream.notify(message);
        }
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        match self.own() {
            Some(stream) => stream.deliver(message),
            None => self.session.streams.listened().is_some_and(|stream| stream.deliver(message)),
        }
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.stream.as_ref().map_or(Poll::Ready(()), |stream| stream.poll_ready(cx))
    }

    fn pause(&self) {
        if let Some(stream) = &self.stream {
            stream.pause();
        }
    }

    fn unread_since(&self) -> Option<Instant> {
        match self.own() {
            Some(stream) => stream.unread_since(),
            None => self.session.streams.listened()?.unread_since(),
        }
    }
}

/// An answer that is owed. Without one, the stream ends when nobody can give it any more.
struct Owed(Arc<Stream>);

impl Drop for Owed {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A client that waits for its response to begin. If it goes away, it cannot come back.
struct Waiting<'a>(&'a Stream);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Counts as a use of its session as long as it is there.
pub(super) struct Listening(Arc<HttpSession>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.touch();
        self.0.listening.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
