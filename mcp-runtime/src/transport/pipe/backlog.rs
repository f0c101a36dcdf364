//! The lines that wait to be written to a client, and the tasks that wait for them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::context::sink::NotificationSink;
use crate::transport::line_breaks;

/// Backlog beyond which subscriptions wait, in bytes.
const ROOM: usize = 256 << 10;

/// Backlog beyond which log messages and progress are dropped, in bytes.
const DROP_NOTIFICATIONS: usize = 4 << 20;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Whole lines, except that the beginning of the first may have been written.
    pub(crate) lines: Vec<u8>,
    /// `true` while lines that were taken out are being written.
    pub(crate) writing: bool,
    /// `true` if the lines are left to a thread, because the client reads slowly.
    pub(crate) stuck: bool,
    /// `true` once nothing more is written: the client has disconnected, or serving is over.
    pub(crate) closed: bool,
    /// Tasks that wait for room, or for the end of the backlog.
    waiting: Vec<Waker>,
}

impl Backlog {
    /// Drops the lines, and all that are added later.
    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.lines = Vec::new();
        self.wake_waiting();
    }

    pub(crate) fn wake_waiting(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }

    /// `true` if all lines are written that ever will be.
    fn is_written(&self) -> bool {
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

/// Writer of the messages to one client, one a line.
pub(crate) trait Sink: Sized + Send + Sync + 'static {
    /// The backlog of the client.
    fn shared_backlog(&self) -> &Mutex<Backlog>;

    /// Sends the staged lines.
    fn flush(&self);

    /// Drops the staged lines, and all that are added later.
    fn close(&self);

    /// Blocks until the client has read enough for more requests to be received.
    fn wait_for_reader(&self) {}

    /// Locks the backlog.
    fn backlog(&self) -> MutexGuard<'_, Backlog> {
        self.shared_backlog().lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line at the end of the backlog, to be sent with the next flush. Returns `true` if it
    /// is time for one.
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

    /// Waits for the backlog to reach a state.
    async fn until(&self, reached: impl Fn(&Backlog) -> bool) {
        std::future::poll_fn(|cx| self.backlog().poll(cx, &reached)).await;
    }

    /// Waits until all lines are written.
    async fn written(&self) {
        self.until(Backlog::is_written).await;
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

fn append_line(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    line_breaks::replace(&mut out[start..]);
    out.push(b'\n');
}
