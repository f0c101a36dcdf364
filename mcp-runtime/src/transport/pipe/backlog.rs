//! What waits to be written to a client, and who waits for it to be.

use std::sync::MutexGuard;
use std::task::{Context, Poll, Waker};

use crate::context::sink::NotificationSink;

/// Beyond this backlog, subscriptions wait before they tell more.
const ROOM: usize = 256 << 10;

/// Beyond this backlog, log messages and progress are dropped.
const DROP_NOTIFICATIONS: usize = 4 << 20;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Whole lines, but for the first, whose beginning may have been written.
    pub(crate) lines: Vec<u8>,
    /// Whether some of what was taken is still being written.
    pub(crate) writing: bool,
    /// Whether the lines are left to a thread, because the client is slow to take them.
    pub(crate) stuck: bool,
    /// Whether nothing more is written: the client has gone, or serving is over.
    pub(crate) closed: bool,
    /// Who waits for room, or for the end of the backlog.
    waiting: Vec<Waker>,
}

impl Backlog {
    /// From now on nothing is written, whoever still has something.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.lines = Vec::new();
        self.wake_waiting();
    }

    pub(crate) fn wake_waiting(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    /// Whether everything is written that will be.
    fn is_quiet(&self) -> bool {
        self.closed || (self.lines.is_empty() && !self.writing)
    }

    fn has_room(&self) -> bool {
        self.closed || self.lines.len() <= ROOM
    }

    fn poll(&mut self, cx: &mut Context<'_>, reached: impl Fn(&Self) -> bool) -> Poll<()> {
        if reached(self) {
            return Poll::Ready(());
        }
        if !self.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Where what a server says is written, one message a line.
pub(crate) trait Sink: Sized + Send + Sync + 'static {
    /// What waits to be written.
    fn backlog(&self) -> MutexGuard<'_, Backlog>;

    /// Sends what is staged.
    fn flush(&self);

    /// From now on nothing is written, whoever still has something.
    fn close(&self);

    /// Waits until the client has read enough for more requests to be taken in.
    fn wait_for_reader(&self) {}

    /// Adds a line behind everything that is to be written. It goes out with the next flush, for
    /// which it is time if this says so.
    fn stage(&self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut backlog = self.backlog();
        if backlog.closed {
            return false;
        }
        append_line(&mut backlog.lines, write);
        backlog.lines.len() >= ROOM
    }

    /// Adds a line and sends it with all that was staged before.
    fn send(&self, write: impl FnOnce(&mut Vec<u8>)) {
        self.stage(write);
        self.flush();
    }

    /// Waits for the backlog to come to a state.
    async fn until(&self, reached: impl Fn(&Backlog) -> bool) {
        std::future::poll_fn(|cx| self.backlog().poll(cx, &reached)).await;
    }

    /// Waits until everything is written.
    async fn written(&self) {
        self.until(Backlog::is_quiet).await;
    }

    /// Waits until there is room for the answers to more requests.
    async fn room(&self) {
        self.until(Backlog::has_room).await;
    }
}

impl<S: Sink> NotificationSink for S {
    fn notify(&self, message: Vec<u8>) {
        if self.backlog().lines.len() > DROP_NOTIFICATIONS {
            tracing::warn!("the client reads too slowly: a notification is dropped");
            return;
        }
        self.send(|lines| lines.extend_from_slice(&message));
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        self.send(|lines| lines.extend_from_slice(&message));
        !self.backlog().closed
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.backlog().poll(cx, Backlog::has_room)
    }
}

/// Appends a line. JSON has line breaks between tokens only, where a space is as good; here a line
/// break would end the message.
pub(super) fn append_line(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    if memchr::memchr2(b'\n', b'\r', &out[start..]).is_some() {
        for byte in &mut out[start..] {
            if matches!(byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
    }
    out.push(b'\n');
}
