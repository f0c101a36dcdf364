//! One TCP connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Sleep;

use super::half_closed::{Entry, HalfClosed};
use super::head_timer::{HeadTimer, now};
use super::io::{Io, Reader};
use super::peer::Peer;
use super::response::WatchedBody;
use super::service::McpService;
use super::waiting::Waiting;
use super::write_timer::WriteTimer;

/// Size limit of a head, and of the bytes that wait to be sent.
const MAX_BUFFER: usize = 64 << 10;

/// Time that a modern request has after the end of its connection. An answer that comes within it counts
/// as ready: a handler may have handed its work to another thread for an instant.
const END_GRACE: Duration = Duration::from_millis(2);

/// The place of a connection among those of the server.
pub(super) struct Place {
    /// Place among the open connections, until the client has closed its side.
    pub(super) open: Option<OwnedSemaphorePermit>,
    pub(super) half_closed: Arc<HalfClosed>,
    pub(super) waiting: Arc<Waiting>,
}

/// Serves the requests of a connection until it ends.
pub(super) async fn serve(stream: TcpStream, service: McpService, place: Place) {
    // An event must not wait for the acknowledgement of the previous one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection may be slow");
    }
    let config = &service.shared().config;
    let head = HeadTimer::new(config.header_timeout);
    let write = WriteTimer::new(config.write_timeout);
    let memory = &service.shared().app.memory;
    let io = Io::new(stream, head.clone(), write.clone(), memory);
    let waiting = Arc::clone(&place.waiting);
    let (mut entry, mut is_evicted) = (None, false);
    let peer = Peer::watched();
    let heads = head.clone();
    let mut watch = Watch::new(io.reader(), peer.clone(), place);
    let respond = service_fn(|request: http::Request<Incoming>| {
        peer.begin();
        let (service, peer) = (&service, &peer);
        async move {
            let response = service.respond_at_path(request, peer).await;
            peer.received();
            Ok::<_, Infallible>(response.map(|body| WatchedBody::new(body, peer.clone())))
        }
    });
    let mut connection = http1::Builder::new()
        .timer(head.clone())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(MAX_BUFFER)
        // The watch finds the end and decides what follows from it.
        .half_close(true)
        .serve_connection(io, respond);
    let closing = &service.shared().app.closing;
    let mut closed = pin!(closing.cancelled());
    let (mut is_closed, mut is_registered) = (false, false);
    let mut timer = DeadlineTimer { head, write, sleep: None, is_registered: false };
    poll_fn(|cx| {
        // The waker of a task does not change, so it is registered once.
        if !is_closed && (closing.is_cancelled() || !is_registered) {
            is_registered = true;
            if closed.as_mut().poll(cx).is_ready() {
                is_closed = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
        if entry.get_or_insert_with(|| waiting.enter(&heads, cx.waker())).is_evicted() {
            is_evicted = true;
            return Poll::Ready(());
        }
        watch.poll(cx, |cx| {
            // An error concerns the client, and hyper has reported it.
            timer.poll(cx, |cx| Pin::new(&mut connection).poll(cx).map(drop))
        })
    })
    .await;
    let io = connection.into_parts().io;
    // A half-closed place is kept until the connection is closed.
    let Watch { reader, half_closed: _half_closed, .. } = watch;
    drop(reader);
    if !closing.is_cancelled() && !is_evicted {
        io.close().await;
    }
}

/// Watch for the end of a connection while a response is sent.
struct Watch {
    reader: Arc<Reader>,
    peer: Peer,
    place: Place,
    /// Entry of the connection once its client has closed its side while a request goes on.
    half_closed: Option<Entry>,
    /// The rest of the time of a modern request whose connection has ended.
    grace: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    fn new(reader: Arc<Reader>, peer: Peer, place: Place) -> Self {
        Self { reader, peer, place, half_closed: None, grace: None }
    }

    /// Drives a connection. Ready when it is over, or when its client is gone and nothing is left to do
    /// for it.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut drive: impl FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        self.reader.start();
        if drive(cx).is_ready() {
            return Poll::Ready(());
        }
        // hyper sees the end itself while it reads.
        if self.reader.is_waiting() || self.peer.is_receiving() {
            return Poll::Pending;
        }
        match self.reader.poll_end(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(_)) => return Poll::Ready(()),
            Poll::Ready(Ok(())) => {}
        }
        // The response notices the end, and may have become complete.
        if self.peer.end() && drive(cx).is_ready() {
            return Poll::Ready(());
        }
        self.poll_abandoned(cx)
    }

    /// Waits until nothing is left to do for a client that sends nothing more.
    fn poll_abandoned(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.peer.is_answered() || self.peer.is_receiving() {
            // The answer is being sent.
            self.grace = None;
            return Poll::Pending;
        }
        if self.peer.outlives() {
            self.place.open = None;
            let place = &self.place;
            let entry = self.half_closed.get_or_insert_with(|| place.half_closed.enter());
            return entry.poll_evicted(cx);
        }
        let grace = self.grace.get_or_insert_with(|| Box::pin(tokio::time::sleep(END_GRACE)));
        grace.as_mut().poll(cx)
    }
}

/// Timer that wakes a connection at the deadline of its head, and ends it at the deadline of a write.
///
/// It is set for the earliest deadline, and set again only when it fires: a busy connection starts
/// and ends many waits in between.
struct DeadlineTimer {
    head: HeadTimer,
    write: WriteTimer,
    sleep: Option<Pin<Box<Sleep>>>,
    /// `true` if the sleep wakes the task when it has elapsed, so that it need not be polled before.
    is_registered: bool,
}

impl DeadlineTimer {
    /// Drives a connection, once more at its deadline.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        mut drive: impl FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        if drive(cx).is_ready() {
            return Poll::Ready(());
        }
        let (head, write) = (self.head.deadline(), self.write.deadline());
        match head.into_iter().chain(write).min() {
            Some(deadline) if self.has_passed(deadline, cx) => {}
            _ => return Poll::Pending,
        }
        if write.is_some_and(|deadline| deadline <= now()) {
            tracing::debug!("a client reads nothing of a response; its connection is closed");
            return Poll::Ready(());
        }
        drive(cx)
    }

    /// Returns `true` if the deadline has passed, and sets the timer otherwise.
    fn has_passed(&mut self, deadline: Instant, cx: &mut Context<'_>) -> bool {
        let until = tokio::time::Instant::from_std(deadline);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
            self.is_registered = false;
        }
        while !self.is_registered || sleep.is_elapsed() {
            if sleep.as_mut().poll(cx).is_pending() {
                self.is_registered = true;
                return false;
            }
            if now() >= deadline {
                return true;
            }
            sleep.as_mut().reset(until);
            self.is_registered = false;
        }
        false
    }
}
