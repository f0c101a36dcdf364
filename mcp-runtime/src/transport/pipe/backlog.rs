//! The lines that wait to be written to a client, and the tasks that wait for them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use mcp_core::json;

use super::stall::{STALL_TICK, Stall};
use crate::clock::timeout;

/// Backlog beyond which subscriptions wait, in bytes.
const ROOM: usize = 256 << 10;

/// Backlog beyond which log messages and progress are dropped, in bytes, unless the client may hold less.
const DROP_NOTIFICATIONS: usize = 4 << 20;

/// Number of lines that are staged before they are sent although the input has not paused.
const FLUSH_AT: usize = 256;

/// Lines that wait to be written.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Whole lines, except that the beginning of the first may have been written.
    pub(crate) lines: Vec<u8>,
    /// Number of lines added since the last flush.
    pub(crate) staged: usize,
    /// Number of bytes that were taken out to be written, and are not written yet.
    pub(crate) writing: usize,
    /// Number of bytes written so far.
    pub(crate) written: u64,
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
        if !self.waiting.is_empty() {
            self.waiting.drain(..).for_each(Waker::wake);
        }
    }

    /// Takes the lines out, to be written without the lock.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.staged = 0;
        self.writing = self.lines.len();
        std::mem::take(&mut self.lines)
    }

    /// Counts bytes that were written, and wakes the waiting tasks.
    pub(crate) fn written(&mut self, count: usize) {
        self.written += count as u64;
        self.wake_waiting();
    }

    /// Drops the beginning of the lines, which has been written.
    pub(crate) fn drop_written(&mut self, count: usize) {
        // Mostly everything is written, and nothing is left to be moved.
        match count == self.lines.len() {
            true => self.lines.clear(),
            false => drop(self.lines.drain(..count)),
        }
        self.written(count);
    }

    /// Number of bytes that wait to be written.
    pub(crate) fn unwritten(&self) -> usize {
        self.lines.len() + self.writing
    }

    /// `true` if all lines are written that ever will be.
    pub(crate) fn is_written(&self) -> bool {
        self.closed || self.unwritten() == 0
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

    /// Number of bytes that the client has taken, as far as the transport can measure it.
    fn taken(&self) -> u64 {
        self.backlog().written
    }

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
        backlog.staged += 1;
        backlog.staged >= FLUSH_AT || backlog.lines.len() >= ROOM
    }

    /// Adds a line and sends it with all that was staged before.
    fn send(&self, write: impl FnOnce(&mut Vec<u8>)) {
        self.stage(write);
        self.flush();
    }

    /// Sends the pieces of a line, which contain no line break, with all that was staged before.
    fn send_pieces(&self, pieces: &[&[u8]]) {
        self.send(|lines| pieces.iter().for_each(|piece| lines.extend_from_slice(piece)));
    }

    /// Waits for the backlog to reach a state.
    fn until(&self, reached: impl Fn(&Backlog) -> bool + Send) -> impl Future<Output = ()> + Send {
        std::future::poll_fn(move |cx| self.backlog().poll(cx, &reached))
    }

    /// Waits until all lines are written. Returns `false` if the client reads nothing more.
    async fn written(&self) -> bool {
        let mut stall = Stall::new(self.taken());
        loop {
            let written = self.until(Backlog::is_written);
            if timeout(STALL_TICK, written).await.is_ok() {
                return true;
            }
            if stall.is_stalled(self.taken()) {
                return false;
            }
        }
    }

    /// Waits until there is room for the answers to more requests.
    async fn room(&self) {
        self.until(Backlog::has_room).await;
    }

    /// Waits until there is room for the messages of a subscription.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.backlog().poll(cx, Backlog::has_room)
    }

    /// Sends a notification that may be dropped. Returns `false` if the client has to read too much
    /// before it.
    fn notify(&self, message: &[u8], limit: usize) -> bool {
        if self.backlog().unwritten() > limit.min(DROP_NOTIFICATIONS) {
            tracing::warn!("the client reads too slowly: a notification is dropped");
            return false;
        }
        self.send(|lines| lines.extend_from_slice(message));
        true
    }

    /// Sends a message. Returns `false` if nothing more is written.
    fn deliver(&self, message: &[u8]) -> bool {
        self.send(|lines| lines.extend_from_slice(message));
        !self.backlog().closed
    }
}

fn append_line(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    json::join_lines(&mut out[start..]);
    out.push(b'\n');
}
