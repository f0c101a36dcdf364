//! Connections whose clients send nothing more and may still read.
//!
//! A request of a legacy session goes on after a disconnect, and a client that has closed its sending
//! side only is entitled to the answer. Such connections do not count as open ones. Their number has a
//! limit of its own, beyond which the oldest is closed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

/// Limit of half-closed connections.
const MAX_HALF_CLOSED: usize = 256;

/// The half-closed connections of a server.
#[derive(Default)]
pub(super) struct HalfClosed(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    next: u64,
    /// Numbers of the connections, and the senders that have them closed; the oldest first.
    all: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// Entry of a half-closed connection, until it is dropped.
pub(super) struct Entry {
    of: Arc<HalfClosed>,
    number: u64,
    evicted: oneshot::Receiver<()>,
}

impl HalfClosed {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection, and has the oldest one closed if there are too many.
    pub(super) fn enter(self: &Arc<Self>) -> Entry {
        let (evict, evicted) = oneshot::channel();
        let mut entries = self.entries();
        let number = entries.next;
        entries.next += 1;
        entries.all.push_back((number, evict));
        let excess = entries.all.len().saturating_sub(MAX_HALF_CLOSED);
        drop(entries);
        self.evict(excess);
        Entry { of: Arc::clone(self), number, evicted }
    }

    /// Has the oldest connections closed.
    pub(super) fn evict(&self, count: usize) {
        let mut entries = self.entries();
        let count = count.min(entries.all.len());
        for (_, evict) in entries.all.drain(..count) {
            // The connection may have ended just now.
            let _ = evict.send(());
        }
    }
}

impl Entry {
    /// Waits until the connection has to be closed.
    pub(super) fn poll_evicted(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        std::pin::Pin::new(&mut self.evicted).poll(cx).map(drop)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut entries = self.of.entries();
        if let Ok(index) = entries.all.binary_search_by_key(&self.number, |(number, _)| *number) {
            entries.all.remove(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn the_oldest_connections_are_closed() {
        let of = Arc::<HalfClosed>::default();
        let mut entries: VecDeque<_> = (0..MAX_HALF_CLOSED).map(|_| of.enter()).collect();
        let cx = &mut Context::from_waker(Waker::noop());
        let mut is_evicted = |entry: &mut Entry| entry.poll_evicted(cx).is_ready();
        assert!(!entries.iter_mut().any(&mut is_evicted));
        drop(entries.pop_front());
        entries.push_back(of.enter());
        assert!(!entries.iter_mut().any(&mut is_evicted), "one has left");
        entries.push_back(of.enter());
        let evicted: Vec<_> = entries.iter_mut().map(&mut is_evicted).collect();
        assert_eq!(evicted.iter().filter(|it| **it).count(), 1);
        assert!(evicted[0]);
        of.evict(usize::MAX);
        drop(entries);
        assert!(of.entries().all.is_empty());
    }
}
