//! One TCP connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::head_timer::{HeadTimer, now};
use super::io::Io;
use super::linger;
use super::service::McpService;

/// Size limit of a head, and of the bytes that wait to be sent.
const MAX_BUFFER: usize = 64 << 10;

/// Serves the requests of a connection until it ends.
pub(super) async fn serve(stream: TcpStream, service: McpService) {
    // An event must not wait for the acknowledgement of the previous one.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "the connection may be slow");
    }
    let config = &service.shared().config;
    let head = HeadTimer::new(config.header_timeout);
    let io = Io { stream, head: head.clone(), ended: false };
    let respond = service_fn(|request: http::Request<Incoming>| {
        let service = &service;
        async move { Ok::<_, Infallible>(service.respond_at_path(request).await) }
    });
    let mut connection = http1::Builder::new()
        .timer(head.clone())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(io, respond);
    let closing = &service.shared().app.closing;
    let mut closed = pin!(closing.cancelled());
    let mut is_closed = false;
    let mut timer = DeadlineTimer { head, sleep: None };
    poll_fn(|cx| {
        if !is_closed && closed.as_mut().poll(cx).is_ready() {
            is_closed = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        // An error concerns the client, and hyper has reported it.
        timer.poll(cx, |cx| Pin::new(&mut connection).poll(cx).map(drop))
    })
    .await;
    let io = connection.into_parts().io;
    if !io.ended && !closing.is_cancelled() {
        linger::close(io.stream).await;
    }
}

/// Timer that wakes a connection at the deadline of its head.
///
/// It is set for the earliest deadline, and set again only when it fires: a busy connection starts
/// and ends many waits in between.
struct DeadlineTimer {
    head: HeadTimer,
    sleep: Option<Pin<Box<Sleep>>>,
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
        match self.head.deadline() {
            Some(deadline) if self.has_passed(deadline, cx) => drive(cx),
            _ => Poll::Pending,
        }
    }

    /// Returns `true` if the deadline has passed, and sets the timer otherwise.
    fn has_passed(&mut self, deadline: Instant, cx: &mut Context<'_>) -> bool {
        let until = tokio::time::Instant::from_std(deadline);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if sleep.deadline() > until {
            sleep.as_mut().reset(until);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if now() >= deadline {
                return true;
            }
            sleep.as_mut().reset(until);
        }
        false
    }
}
