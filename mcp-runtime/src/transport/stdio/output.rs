//! The one writer: whatever is ready goes out together, and nobody waits for a slow reader.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::descriptors::OutputFile;
use crate::server::{Cancellation, Outlet};

/// Beyond this backlog, subscriptions wait before they tell more.
const ROOM: usize = 256 << 10;
/// Beyond this backlog, log messages and progress are dropped.
const DROP_NOTIFICATIONS: usize = 4 << 20;
/// Beyond this backlog, no further requests are read.
const STOP_READING: usize = 8 << 20;

/// Standard output, written by whoever has something and, when the client is slow, by a thread.
pub(super) struct Output {
    file: OutputFile,
    state: Mutex<State>,
    /// Signalled when the backlog is the thread's, and when it has been written.
    changed: Condvar,
    /// Set when the client no longer reads.
    gone: Cancellation,
}

#[derive(Default)]
struct State {
    /// Whole lines, but for the first, whose beginning may have been written.
    backlog: Vec<u8>,
    /// Whether the backlog is the thread's to write.
    stuck: bool,
    /// Whether the thread is writing what it has taken from the backlog.
    writing: bool,
    /// Whether the client is gone, or serving is over.
    broken: bool,
    /// Who waits for room or for the end of the backlog.
    waiting: Vec<Waker>,
}

impl State {
    fn is_quiet(&self) -> bool {
        self.broken || (self.backlog.is_empty() && !self.writing)
    }

    fn wake_waiting(&mut self) {
        for waker in self.waiting.drain(..) {
            waker.wake();
        }
    }
}

impl Output {
    /// Starts the thread that writes what cannot be written at once.
    pub(super) fn start(file: OutputFile) -> io::Result<Arc<Self>> {
        let gone = Cancellation::default();
        let output =
            Arc::new(Self { file, state: Mutex::default(), changed: Condvar::new(), gone });
        let writer = Arc::clone(&output);
        std::thread::Builder::new()
            .name("mcp-stdio-write".into())
            .spawn(move || writer.write_backlog())?;
        Ok(output)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line behind everything that is to be written. It goes out with the next flush, for
    /// which it is time if this says so.
    pub(super) fn stage(&self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.state();
        if state.broken {
            return false;
        }
        let start = state.backlog.len();
        write(&mut state.backlog);
        if memchr::memchr2(b'\n', b'\r', &state.backlog[start..]).is_some() {
            // JSON has line breaks between tokens only, where a space is as good; here a line
            // break would end the message.
            for byte in &mut state.backlog[start..] {
                if matches!(byte, b'\n' | b'\r') {
                    *byte = b' ';
                }
            }
        }
        state.backlog.push(b'\n');
        state.backlog.len() >= ROOM
    }

    /// Adds a line and sends it with all that was staged before.
    pub(super) fn send(&self, write: impl FnOnce(&mut Vec<u8>)) {
        self.stage(write);
        self.flush();
    }

    /// Sends what is staged: at once as far as the client's side takes it, the rest by the thread.
    pub(super) fn flush(&self) {
        let mut state = self.state();
        if state.writing || state.broken || state.backlog.is_empty() {
            return;
        }
        match self.write_now(&state.backlog) {
            Ok(written) => {
                drop(state.backlog.drain(..written));
                state.wake_waiting();
            }
            Err(error) => return self.lost(&mut state, &error),
        }
        if !state.backlog.is_empty() {
            state.stuck = true;
            self.changed.notify_all();
        }
    }

    fn write_now(&self, lines: &[u8]) -> io::Result<usize> {
        let mut written = 0;
        while written < lines.len() {
            match self.file.write_now(&lines[written..])? {
                0 => break,
                count => written += count,
            }
        }
        Ok(written)
    }

    fn lost(&self, state: &mut State, error: &io::Error) {
        tracing::debug!(%error, "the client no longer reads");
        self.break_off(state);
        self.gone.cancel();
    }

    fn break_off(&self, state: &mut State) {
        state.broken = true;
        state.backlog = Vec::new();
        state.wake_waiting();
        self.changed.notify_all();
    }

    /// Waits until it turns out that the client no longer reads.
    pub(super) async fn gone(&self) {
        self.gone.cancelled().await;
    }

    /// Ends the thread. From now on nothing is written, whoever still has something.
    pub(super) fn close(&self) {
        self.break_off(&mut self.state());
    }

    fn write_backlog(&self) {
        let mut state = self.state();
        loop {
            while !state.stuck {
                if state.broken {
                    return;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let taken = std::mem::take(&mut state.backlog);
            state.stuck = false;
            state.writing = true;
            drop(state);
            let result = self.file.write_all(&taken);
            state = self.state();
            state.writing = false;
            if let Err(error) = result {
                self.lost(&mut state, &error);
            }
            // Whatever was added meanwhile could not be written directly.
            state.stuck = !state.backlog.is_empty();
            state.wake_waiting();
            self.changed.notify_all();
        }
    }

    /// Waits until the client has read enough for more requests to be taken in.
    pub(super) fn wait_for_reader(&self) {
        let mut state = self.state();
        while state.backlog.len() > STOP_READING && !state.broken {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until everything is written, or for a time.
    pub(super) async fn finish(&self, patience: Duration) {
        let quiet = std::future::poll_fn(|cx| self.poll_until(cx, State::is_quiet));
        if tokio::time::timeout(patience, quiet).await.is_err() {
            tracing::info!("the client did not read the last answers");
        }
    }

    fn poll_until(&self, cx: &mut Context<'_>, reached: impl Fn(&State) -> bool) -> Poll<()> {
        let mut state = self.state();
        if reached(&state) {
            return Poll::Ready(());
        }
        state.waiting.push(cx.waker().clone());
        Poll::Pending
    }
}

impl Outlet for Output {
    fn notify(&self, message: Vec<u8>) {
        if self.state().backlog.len() > DROP_NOTIFICATIONS {
            tracing::warn!("the client reads too slowly: a notification is dropped");
            return;
        }
        self.send(|backlog| backlog.extend_from_slice(&message));
    }

    fn ask(&self, message: Vec<u8>) -> bool {
        self.send(|backlog| backlog.extend_from_slice(&message));
        !self.state().broken
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_until(cx, |state| state.broken || state.backlog.len() <= ROOM)
    }
}
