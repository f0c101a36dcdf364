//! What is written to one client: staged by whoever has something, written by one task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

use crate::server::Outlet;
use crate::transport::pipe::{Sink, append_line};

/// Beyond this backlog, subscriptions wait before they tell more, and no requests are read.
const ROOM: usize = 256 << 10;
/// Beyond this backlog, log messages and progress are dropped.
const DROP_NOTIFICATIONS: usize = 4 << 20;

/// Lines that wait to be written.
#[derive(Default)]
pub(super) struct Output {
    state: Mutex<State>,
    /// Told when there is something to be written, and when nothing will be any more.
    filled: Notify,
}

#[derive(Default)]
struct State {
    backlog: Vec<u8>,
    /// Whether some of what was taken is still being written.
    writing: bool,
    /// Whether nothing more is written: the client has gone, or serving is over.
    closed: bool,
    /// Who waits for room, or for the end of the backlog.
    waiting: Vec<Waker>,
}

impl State {
    fn is_quiet(&self) -> bool {
        self.closed || (self.backlog.is_empty() && !self.writing)
    }

    fn wake_waiting(&mut self) {
        self.waiting.drain(..).for_each(Waker::wake);
    }
}

impl Output {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until the client no longer reads or serving is over.
    pub(super) async fn write_to<W: AsyncWrite + Unpin>(self: Arc<Self>, mut writer: W) {
        while let Some(lines) = self.taken().await {
            let written = async {
                writer.write_all(&lines).await?;
                writer.flush().await
            };
            if let Err(error) = written.await {
                tracing::debug!(%error, "the client no longer reads");
                self.close();
            }
            let mut state = self.state();
            state.writing = false;
            state.wake_waiting();
        }
        // An error means that the client has gone before.
        let _ = writer.shutdown().await;
    }

    async fn taken(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut state = self.state();
                if state.closed {
                    return None;
                }
                if !state.backlog.is_empty() {
                    state.writing = true;
                    return Some(std::mem::take(&mut state.backlog));
                }
            }
            self.filled.notified().await;
        }
    }

    /// From now on nothing is written, whoever still has something.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.backlog = Vec::new();
        state.wake_waiting();
        self.filled.notify_one();
    }

    /// Waits until everything is written.
    pub(super) async fn written(&self) {
        std::future::poll_fn(|cx| self.poll_until(cx, State::is_quiet)).await;
    }

    /// Waits until the client has gone, as far as writing tells.
    pub(super) async fn gone(&self) {
        std::future::poll_fn(|cx| self.poll_until(cx, |state| state.closed)).await;
    }

    /// Waits until there is room for the answers to more requests.
    pub(super) async fn room(&self) {
        std::future::poll_fn(|cx| self.poll_room(cx)).await;
    }

    fn poll_until(&self, cx: &mut Context<'_>, reached: impl Fn(&State) -> bool) -> Poll<()> {
        let mut state = self.state();
        if reached(&state) {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Sink for Output {
    fn stage(&self, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        let mut state = self.state();
        if state.closed {
            return false;
        }
        append_line(&mut state.backlog, write);
        state.backlog.len() >= ROOM
    }

    fn flush(&self) {
        self.filled.notify_one();
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
        !self.state().closed
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.poll_until(cx, |state| state.closed || state.backlog.len() <= ROOM)
    }
}
