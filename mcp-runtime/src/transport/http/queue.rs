//! Events between a handler and the response that carries them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use mcp_core::json;
use tokio::time::Instant;

use super::wakers::Wakers;
use crate::context::budget::{Budget, COUNTED, Reservation};
use crate::context::sink::NotificationSink;

/// Limit of the notifications that are kept for a client that does not read, in bytes.
const MAX_KEPT: usize = 256 << 10;

/// Sink of a response: the events that were not sent yet.
pub(super) struct Queue {
    state: Mutex<State>,
    memory: Arc<Budget>,
}

#[derive(Default)]
struct State {
    /// Whole events, as they are sent.
    events: Vec<u8>,
    /// Memory of the events, if they are many.
    held: Option<Reservation>,
    closed: bool,
    /// Time at which the client has gone.
    forsaken: Option<Instant>,
    wakers: Wakers,
}

impl Queue {
    /// Creates an empty queue, whose events count in a budget.
    pub(super) fn new(memory: &Arc<Budget>) -> Self {
        Self { state: Mutex::default(), memory: Arc::clone(memory) }
    }

    /// Creates a queue that keeps nothing, because there is no response to read it.
    pub(super) fn closed(memory: &Arc<Budget>) -> Self {
        let state = Mutex::new(State { closed: true, ..State::default() });
        Self { state, memory: Arc::clone(memory) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state().events.is_empty()
    }

    /// Returns `true` if there are events, and has the task woken when there are otherwise.
    pub(super) fn poll_filled(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        let filled = !state.events.is_empty();
        if !filled {
            state.wakers.wait_for_events(cx);
        }
        filled
    }

    /// Removes and returns all events.
    pub(super) fn take(&self) -> Vec<u8> {
        let mut state = self.state();
        state.wakers.wake_writer();
        state.held = None;
        std::mem::take(&mut state.events)
    }

    /// Budget in which the events count.
    pub(super) fn memory(&self) -> &Arc<Budget> {
        &self.memory
    }

    /// Drops the events that were not sent, and all that are added later.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.forsaken.get_or_insert_with(Instant::now);
        state.events = Vec::new();
        state.held = None;
        state.wakers.wake_writer();
    }

    /// Records that the client has closed its side, and may be gone.
    pub(super) fn forsake(&self) {
        self.state().forsaken.get_or_insert_with(Instant::now);
    }
}

/// Adds an event and wakes the reader.
fn append(mut state: MutexGuard<'_, State>, message: &[u8], memory: &Arc<Budget>) {
    append_event(&mut state.events, message);
    let size = state.events.len();
    if size > COUNTED {
        state.held.get_or_insert_with(|| memory.hold(0)).resize(size);
    }
    let reader = state.wakers.take_reader();
    drop(state);
    if let Some(reader) = reader {
        reader.wake();
    }
}

impl NotificationSink for Queue {
    fn notify(&self, message: Vec<u8>) -> bool {
        let state = self.state();
        if state.closed {
            return true;
        }
        let size = state.events.len() + message.len();
        let is_full = !state.events.is_empty() && size > MAX_KEPT;
        if is_full || (size > COUNTED && self.memory.check().is_err()) {
            tracing::debug!("the client reads too slowly; a notification is dropped");
            return false;
        }
        append(state, &message, &self.memory);
        true
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        let state = self.state();
        let is_read = !state.closed;
        if is_read {
            append(state, &message, &self.memory);
        }
        is_read
    }

    fn unread_since(&self) -> Option<Instant> {
        self.state().forsaken
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.closed || state.events.len() <= MAX_KEPT / 2 {
            return Poll::Ready(());
        }
        state.wakers.wait_for_room(cx);
        Poll::Pending
    }
}

/// Appends a message as an event.
pub(crate) fn append_event(out: &mut Vec<u8>, message: &[u8]) {
    out.extend_from_slice(b"event: message\ndata: ");
    let start = out.len();
    out.extend_from_slice(message);
    // A line break would end the data, and the text behind it, which may come from the input of a
    // handler, would be another field.
    json::join_lines(&mut out[start..]);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn context() -> Context<'static> {
        Context::from_waker(Waker::noop())
    }

    #[test]
    fn events_are_kept_until_they_are_taken() {
        let queue = Queue::new(&Arc::default());
        assert!(!queue.poll_filled(&context()));
        queue.notify(b"1".to_vec());
        queue.notify(b"2".to_vec());
        assert!(queue.poll_filled(&context()));
        assert_eq!(queue.take(), b"event: message\ndata: 1\n\nevent: message\ndata: 2\n\n");
        assert!(queue.is_empty());
    }

    #[test]
    fn a_message_cannot_begin_another_event() {
        let queue = Queue::new(&Arc::default());
        queue.notify(b"{\r\n\nevent: x}".to_vec());
        assert_eq!(queue.take(), b"event: message\ndata: {   event: x}\n\n");
    }

    #[test]
    fn unread_events_are_bounded() {
        let queue = Queue::new(&Arc::default());
        assert!(queue.poll_ready(&mut context()).is_ready());
        for _ in 0..1000 {
            queue.notify(vec![b'1'; MAX_KEPT / 8]);
        }
        assert!(queue.poll_ready(&mut context()).is_pending());
        assert!(queue.take().len() < MAX_KEPT + 1024);
        assert!(queue.poll_ready(&mut context()).is_ready());
    }

    #[test]
    fn a_message_over_the_limit_is_kept_if_it_is_alone() {
        let queue = Queue::new(&Arc::default());
        queue.notify(vec![b'1'; 2 * MAX_KEPT]);
        queue.notify(b"2".to_vec());
        assert!(queue.take().len() > 2 * MAX_KEPT);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_closed_queue_keeps_nothing() {
        let queue = Queue::new(&Arc::default());
        queue.notify(b"1".to_vec());
        queue.close();
        queue.notify(b"2".to_vec());
        assert!(queue.is_empty());
        assert!(queue.poll_ready(&mut context()).is_ready());
    }
}
