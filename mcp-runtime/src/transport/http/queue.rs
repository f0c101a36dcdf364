//! Notifications between a handler and the stream of events that carries them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::context::sink::NotificationSink;

/// How many bytes of notifications are kept for a client that does not read.
const LIMIT: usize = 256 << 10;

/// The sink of one stream: events that were not sent yet.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whole events, ready to be sent.
    events: Vec<u8>,
    closed: bool,
    /// Who sends.
    sender: Option<Waker>,
    /// Who waits for room. A stream has one who does: its subscription.
    waiting: Option<Waker>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A queue that keeps nothing, because there is no response to read it.
    pub(super) fn closed() -> Self {
        let queue = Self::default();
        queue.close();
        queue
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state().events.is_empty()
    }

    /// Whether there are events; otherwise the task is woken when there are.
    pub(super) fn poll_filled(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let filled = !state.events.is_empty();
        if !filled {
            keep(&mut state.sender, cx);
        }
        filled
    }

    /// Takes all events.
    pub(super) fn take(&self) -> Vec<u8> {
        let mut state = self.state();
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
        std::mem::take(&mut state.events)
    }

    /// Lets everything that is not sent yet go, and all that follows.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.events = Vec::new();
        if let Some(waiting) = state.waiting.take() {
            waiting.wake();
        }
    }
}

/// Adds an event and wakes who sends it.
fn append(mut state: MutexGuard<'_, State>, message: &[u8]) {
    append_event(&mut state.events, message);
    let sender = state.sender.take();
    drop(state);
    if let Some(sender) = sender {
        sender.wake();
    }
}

/// Remembers whom to wake.
pub(super) fn keep(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

impl NotificationSink for Queue {
    fn notify(&self, message: Vec<u8>) {
        let state = self.state();
        if state.closed {
            return;
        }
        if !state.events.is_empty() && state.events.len() + message.len() > LIMIT {
            tracing::debug!("the client reads too slowly; a notification is dropped");
            return;
        }
        append(state, &message);
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        let state = self.state();
        let is_read = !state.closed;
        if is_read {
            append(state, &message);
        }
        is_read
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.closed || state.events.len() <= LIMIT / 2 {
            return Poll::Ready(());
        }
        keep(&mut state.waiting, cx);
        Poll::Pending
    }
}

/// Appends a message as an event.
pub(super) fn append_event(out: &mut Vec<u8>, message: &[u8]) {
    out.extend_from_slice(b"event: message\ndata: ");
    let start = out.len();
    out.extend_from_slice(message);
    // JSON that a handler hands over as it is may have line breaks, if only between tokens. Here
    // they would end the data, and begin what the handler's input may have chosen.
    for byte in &mut out[start..] {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    out.extend_from_slice(b"\n\n");
}

/// A comment, which clients skip.
pub(super) const COMMENT: Bytes = Bytes::from_static(b":\n\n");

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn events_are_kept_until_they_are_taken() {
        let queue = Queue::default();
        assert!(!queue.poll_filled(&context()));
        queue.notify(b"1".to_vec());
        queue.notify(b"2".to_vec());
        assert!(queue.poll_filled(&context()));
        assert_eq!(queue.take(), b"event: message\ndata: 1\n\nevent: message\ndata: 2\n\n");
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_cannot_begin_another_event() {
        let queue = Queue::default();
        queue.notify(b"{\r\n\nevent: x}".to_vec());
        assert_eq!(queue.take(), b"event: message\ndata: {   event: x}\n\n");
    }

    #[test]
    fn what_nobody_reads_is_bounded() {
        let queue = Queue::default();
        assert!(queue.poll_ready(&mut context()).is_ready());
        for _ in 0..1000 {
            queue.notify(vec![b'1'; LIMIT / 8]);
        }
        assert!(queue.poll_ready(&mut context()).is_pending());
        assert!(queue.take().len() < LIMIT + 1024);
        assert!(queue.poll_ready(&mut context()).is_ready());
    }

    #[test]
    fn a_message_over_the_limit_is_kept_if_it_is_alone() {
        let queue = Queue::default();
        queue.notify(vec![b'1'; 2 * LIMIT]);
        queue.notify(b"2".to_vec());
        assert!(queue.take().len() > 2 * LIMIT);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_closed_queue_keeps_nothing() {
        let queue = Queue::default();
        queue.notify(b"1".to_vec());
        queue.close();
        queue.notify(b"2".to_vec());
        assert!(queue.is_empty());
        assert!(queue.poll_ready(&mut context()).is_ready());
    }
}
