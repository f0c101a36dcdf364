//! One legacy session over HTTP: its handshake, its requests, its streams.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderMap, Response};
use tokio::time::Instant;

use super::answer::Answer;
use super::config::HttpConfig;
use super::headers::Accepts;
use super::log::Kept;
use super::peer::Peer;
use super::response::{self, HttpBody};
use super::stored::{Followed, SessionPart, StreamCopy};
use super::stream::{ReaderToken, Start, Stream, StreamConfig};
use super::stream_reader::{DrivenStream, StreamReader};
use super::streams::{EventId, Streams};
use crate::component::app::App;
use crate::context::budget::Budget;
use crate::context::cancellation::Cancellation;
use crate::context::exchange::Origin;
use crate::context::principal::{Owner, Principal};
use crate::context::session::Session;
use crate::context::sink::{NotificationSink, SharedSink};
use crate::server::connection::{Connection, NoSession, Refused};
use crate::server::in_flight::FirstPoll;
use crate::server::running::{Completed, Running};
use crate::server::subscriptions::announce;

/// Time after which a session whose client is gone may end although a handler of it runs, if there are
/// too many sessions.
const UNATTENDED_TIMEOUT: Duration = Duration::from_secs(30);

/// Memory that the head of a request takes beside its headers: the buffer that the connection has read
/// it into, which the request keeps.
const HEAD: usize = 8 << 10;

/// A legacy session over HTTP.
pub(super) struct HttpSession {
    pub(super) opened: Arc<Session>,
    pub(super) connection: Arc<Connection>,
    /// Identity of the principal that opened it.
    pub(super) owner: Owner,
    times: Mutex<Times>,
    streams: Streams,
    /// Number of clients that wait for an answer or read a stream.
    attending: AtomicUsize,
    ended: Cancellation,
    /// The session in the store, if it is stored.
    pub(super) part: Option<Arc<SessionPart>>,
    /// `true` if another instance has opened it.
    pub(super) is_taken_up: bool,
    /// `true` once other instances go on with the session.
    is_handed_over: AtomicBool,
}

#[derive(Clone, Copy)]
struct Times {
    /// Last use, from which the session is idle.
    used: Instant,
    /// Time at which the client was last there.
    attended: Instant,
}

impl HttpSession {
    pub(super) fn new(opened: Arc<Session>, owner: Owner, kept: Arc<Kept>) -> Self {
        let budget = Arc::clone(&opened.budget);
        Self {
            connection: Connection::opened(Arc::clone(&opened)),
            opened,
            owner,
            times: Mutex::new(Times { used: Instant::now(), attended: Instant::now() }),
            streams: Streams::new(kept, budget),
            attending: AtomicUsize::new(0),
            ended: Cancellation::default(),
            part: None,
            is_taken_up: false,
            is_handed_over: AtomicBool::new(false),
        }
    }

    /// Makes it a part of a session in the store.
    pub(super) fn part(mut self, part: Arc<SessionPart>, is_taken_up: bool) -> Self {
        self.streams.number_from(part.random_number());
        self.part = Some(part);
        self.is_taken_up = is_taken_up;
        self
    }

    /// Ends the live part of the session. Requests that still run get an error if the session goes on
    /// elsewhere.
    pub(super) fn hand_over(&self) {
        if self.part.is_some() {
            self.is_handed_over.store(true, Ordering::Release);
            self.streams.interrupt();
        }
        self.end();
    }

    /// Removes the streams of the session from the store, because it has ended.
    pub(super) fn remove_streams(&self) {
        self.streams.remove_copies();
    }

    /// Records that the client reads a stream from another instance.
    pub(super) fn is_read_elsewhere(&self, number: u64) {
        if let Some(stream) = self.streams.find(number) {
            stream.is_read_elsewhere();
            self.touch();
        }
    }

    /// Returns `true` for an event of the own stream.
    pub(super) fn is_of_own_stream(&self, id: EventId) -> bool {
        self.streams.is_of_own_stream(id)
    }

    /// `true` if a principal may use the session.
    pub(super) fn belongs_to(&self, principal: Option<&Principal>) -> bool {
        self.owner.identity() == principal.map(Principal::identity).unwrap_or_default()
    }

    /// Renews the idle time of the session, because its client is there.
    pub(super) fn touch(&self) {
        let now = Instant::now();
        *lock(&self.times) = Times { used: now, attended: now };
    }

    /// Renews the idle time of the session, because a handler has ended.
    fn touch_unattended(&self) {
        lock(&self.times).used = Instant::now();
    }

    /// Time at which the client was last there.
    pub(super) fn last_attended(&self) -> Instant {
        lock(&self.times).attended
    }

    fn is_attended(&self) -> bool {
        self.attending.load(Ordering::Acquire) > 0
    }

    /// `true` while a request is in flight or a stream is read.
    fn is_busy(&self) -> bool {
        self.is_attended() || !self.connection.in_flight.is_idle()
    }

    /// `true` if the session may end to make room for another: it is idle, or its client has been gone
    /// for a while.
    pub(super) fn is_evictable(&self) -> bool {
        !self.is_busy()
            || (!self.is_attended() && self.last_attended().elapsed() >= UNATTENDED_TIMEOUT)
    }

    /// `true` if the session has been idle for too long.
    pub(super) fn is_expired(&self, idle_timeout: Duration) -> bool {
        lock(&self.times).used.elapsed() >= idle_timeout && !self.is_busy()
    }

    /// Cancels the requests of the session and ends its streams.
    pub(super) fn end(&self) {
        self.ended.cancel();
        self.connection.end();
        self.streams.end();
    }

    fn stream_config(&self, accepts: Accepts, config: &HttpConfig) -> StreamConfig {
        let primed = self.opened.revision.facts().primed_streams;
        StreamConfig { primed, retry_interval: config.retry_interval, accepts }
    }

    /// Creates a stream for the answer to a request.
    pub(super) fn stream(&self, accepts: Accepts, config: &HttpConfig) -> Arc<Stream> {
        self.streams.make(self.stream_config(accepts, config))
    }

    /// Creates the sink of a handler whose request has a stream.
    pub(super) fn sink(self: &Arc<Self>, stream: &Arc<Stream>) -> SharedSink {
        Arc::new(HandlerSink { stream: Some(Arc::clone(stream)), session: Arc::clone(self) })
    }

    /// Creates the sink of a handler whose client accepts no events in the response.
    pub(super) fn own_stream_sink(self: &Arc<Self>) -> SharedSink {
        Arc::new(HandlerSink { stream: None, session: Arc::clone(self) })
    }

    /// Runs a handler to its end, even if its client disconnects. The answer is returned if it is
    /// known at once, and delivered otherwise.
    ///
    /// # Errors
    /// [`Refused`] if another request with the id has come at the same time.
    pub(super) async fn run(
        self: &Arc<Self>,
        mut running: Running,
        headers: &HeaderMap,
        deliver: impl FnOnce(&Self, Completed) + Send + Sync + 'static,
    ) -> Result<Option<Completed>, Refused> {
        let in_flight = &self.connection.in_flight;
        // Most handlers answer at once, and need no task for it.
        let first = poll_fn(|cx| {
            let poll = |running: &mut Running| match running.is_known_to_block() {
                true => Poll::Pending,
                false => Pin::new(running).poll(cx),
            };
            Poll::Ready(in_flight.first_poll(&mut running, poll))
        });
        let place = match first.await {
            FirstPoll::Completed(completed) => return Ok(Some(completed)),
            FirstPoll::Pending(place) => place,
        };
        let id = running.id().clone();
        let this = Arc::clone(self);
        let head = self.connection.budget.hold(HEAD + headers_size(headers));
        let spawned = in_flight.spawn(running, place, move |completed| {
            drop(head);
            this.touch_unattended();
            deliver(&this, completed);
        });
        // If the session has ended meanwhile, the request is cancelled and has no answer.
        if spawned || self.ended.is_cancelled() { Ok(None) } else { Err(Refused::reused(id)) }
    }

    /// Runs a handler, and responds with its answer alone or with a stream that ends with it.
    pub(super) async fn respond(
        self: &Arc<Self>,
        running: Running,
        stream: Arc<Stream>,
        keep_alive: Duration,
        peer: Peer,
        headers: &HeaderMap,
    ) -> Response<HttpBody> {
        peer.outlive();
        if let Some(part) = &self.part {
            stream.copy_to(StreamCopy::new(part, stream.number(), running.id().clone()));
        }
        let end = EndOnDrop(Arc::clone(&stream), Arc::clone(self));
        let finish = |session: &Self, completed: &Completed, stream: &Stream| {
            stream.finish(Answer::in_session(completed, session));
        };
        let deliver = move |this: &Self, completed| finish(this, &completed, &end.0);
        match self.run(running, headers, deliver).await {
            Ok(Some(completed)) => finish(self, &completed, &stream),
            Ok(None) => {}
            Err(refused) => stream.finish(Answer::refused(&refused)),
        }
        let abandon = AbandonOnDrop(&stream);
        let mut attended = Attended::new(self, &peer);
        let start = poll_fn(|cx| {
            attended.check();
            stream.poll_start(cx)
        });
        let start = start.await;
        drop((abandon, attended));
        match start {
            Start::Json(answer) => response::json(answer.status, answer.json),
            Start::Stream => {
                self.streams.keep(Arc::clone(&stream));
                let token = stream.first_reader();
                self.read(stream, token, None, keep_alive, &peer)
            }
        }
    }

    fn read(
        self: &Arc<Self>,
        stream: Arc<Stream>,
        token: ReaderToken,
        driven: Option<DrivenStream>,
        keep_alive: Duration,
        peer: &Peer,
    ) -> Response<HttpBody> {
        let attended = Attended::new(self, peer);
        response::reading(StreamReader::new(stream, token, driven, keep_alive, attended))
    }

    /// Resumes the stream of a request behind an event; `None` if there is no such event.
    pub(super) fn resume(
        self: &Arc<Self>,
        last: EventId,
        keep_alive: Duration,
        peer: &Peer,
    ) -> Option<Response<HttpBody>> {
        let stream = self.streams.find(last.stream)?;
        let token = stream.resume(Some(last.event))?;
        peer.outlive();
        Some(self.read(stream, token, None, keep_alive, peer))
    }

    /// Resumes the stream of a request that another instance has run behind an event; `None` if the store
    /// does not have it.
    ///
    /// # Errors
    /// [`NoSession`] if the store cannot be reached.
    pub(super) async fn follow(
        self: &Arc<Self>,
        app: &Arc<App>,
        last: EventId,
        config: &HttpConfig,
        peer: &Peer,
    ) -> Result<Option<Response<HttpBody>>, NoSession> {
        let Some(part) = &self.part else { return Ok(None) };
        let Some(followed) = Followed::find(part, last).await? else { return Ok(None) };
        let accepts = Accepts { json: false, events: true };
        let stream = self.streams.follower(last.stream, self.stream_config(accepts, config));
        let token = stream.first_reader();
        stream.begin();
        peer.outlive();
        let (out, ended, closing) = (stream.clone(), self.ended.clone(), app.closing.clone());
        let driven = async move {
            tokio::select! {
                () = followed.forward(&out) => {}
                () = ended.cancelled() => {}
                () = closing.cancelled() => {}
            }
        };
        let driven: DrivenStream = Box::pin(driven);
        Ok(Some(self.read(stream, token, Some(driven), config.keep_alive_interval, peer)))
    }

    /// Reads the own stream, from behind an event if one is given; `None` if there is no such event.
    /// The previous reader receives nothing more.
    pub(super) fn listen(
        self: &Arc<Self>,
        app: &Arc<App>,
        last: Option<EventId>,
        config: &HttpConfig,
        peer: &Peer,
        origin: Origin,
    ) -> Option<Response<HttpBody>> {
        let accepts = Accepts { json: false, events: true };
        let stream = Arc::clone(self.streams.own(self.stream_config(accepts, config)));
        // Events that another instance has sent are not here.
        let here = last.filter(|last| last.stream == stream.number());
        let token = stream.resume(here.map(|last| last.event))?;
        if !token.is_gapless || here.is_none() && last.is_some() {
            self.opened.subscriptions.mark_all();
        }
        stream.begin();
        // The session may have ended before it had a stream of its own.
        if self.ended.is_cancelled() {
            stream.end();
        }
        let size = origin.headers.as_deref().map_or(0, headers_size);
        let head = self.connection.budget.hold(size);
        let announcing =
            announce(Arc::clone(app), Arc::clone(&self.opened), stream.clone(), origin);
        let announcing = async move {
            announcing.await;
            drop(head);
        };
        Some(self.read(stream, token, Some(Box::pin(announcing)), config.keep_alive_interval, peer))
    }
}

/// Sink of a handler: the stream of its request. Questions that cannot be sent there are sent on the
/// own stream of the session.
struct HandlerSink {
    stream: Option<Arc<Stream>>,
    session: Arc<HttpSession>,
}

impl HandlerSink {
    /// The stream of the request, if its client accepts events and it has not ended.
    fn of_request(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref().filter(|stream| stream.accepts_events() && !stream.is_ended())
    }
}

impl NotificationSink for HandlerSink {
    fn notify(&self, message: Vec<u8>) -> bool {
        self.stream.as_ref().is_none_or(|stream| stream.notify(message))
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        match self.of_request() {
            Some(stream) => stream.deliver(message),
            None => match self.session.opened.elsewhere() {
                Some(elsewhere) => elsewhere.post(&message),
                None => {
                    let own = self.session.streams.listened();
                    own.is_some_and(|stream| stream.deliver(message))
                }
            },
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

    fn budget(&self) -> Option<&Arc<Budget>> {
        Some(&self.session.opened.budget)
    }

    fn unread_since(&self) -> Option<Instant> {
        match self.of_request() {
            Some(stream) => stream.unread_since(),
            None if self.session.opened.elsewhere().is_some() => None,
            None => match self.session.streams.listened() {
                Some(stream) => stream.unread_since(),
                // Since the request was abandoned.
                None => self.stream.as_ref()?.unread_since(),
            },
        }
    }
}

/// Guard of the sender of an answer, which ends the stream if it is dropped without one.
struct EndOnDrop(Arc<Stream>, Arc<HttpSession>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        let Self(stream, session) = self;
        match session.is_handed_over.load(Ordering::Acquire) {
            true => stream.interrupt(),
            false => stream.end(),
        }
    }
}

/// Guard of a client that waits for its response to begin. If it disconnects, it cannot reconnect.
struct AbandonOnDrop<'a>(&'a Stream);

impl Drop for AbandonOnDrop<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Guard of a request or a stream with a client, until the client has closed its side.
pub(super) struct Attended {
    /// `None` once the client has closed its side.
    session: Option<Arc<HttpSession>>,
    peer: Peer,
}

impl Attended {
    pub(super) fn new(session: &Arc<HttpSession>, peer: &Peer) -> Self {
        session.attending.fetch_add(1, Ordering::AcqRel);
        Self { session: Some(Arc::clone(session)), peer: peer.clone() }
    }

    /// Returns `true` once, when the client has closed its side.
    pub(super) fn check(&mut self) -> bool {
        let ends = self.peer.has_ended() && self.session.is_some();
        if ends {
            self.leave();
        }
        ends
    }

    fn leave(&mut self) {
        if let Some(session) = self.session.take() {
            session.touch();
            session.attending.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Attended {
    fn drop(&mut self) {
        self.leave();
    }
}

fn headers_size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
