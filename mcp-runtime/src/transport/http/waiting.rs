//! Connections that wait for a request. When there is no place for another one, those that have waited the
//! longest are closed, so that clients that send nothing cannot keep others out.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::head_timer::{HeadTimer, now};

/// Time that a connection may wait for a request in any case. A client that sends one meanwhile is none of
/// those that send nothing.
pub(super) const MIN_WAIT: Duration = Duration::from_secs(1);

/// The connections of a server.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Entries>);

#[derive(Default)]
struct Entries {
    next: u64,
    all: HashMap<u64, Connection>,
}

struct Connection {
    head: HeadTimer,
    is_evicted: Arc<AtomicBool>,
    /// Wakes the task of the connection.
    waker: Waker,
}

/// Entry of a connection, until it is dropped.
pub(super) struct Entry {
    of: Arc<Waiting>,
    number: u64,
    head: HeadTimer,
    is_evicted: Arc<AtomicBool>,
}

impl Waiting {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a connection with the timer of its heads and the waker of its task.
    pub(super) fn enter(self: &Arc<Self>, head: &HeadTimer, waker: &Waker) -> Entry {
        let is_evicted = Arc::<AtomicBool>::default();
        let (head, waker) = (head.clone(), waker.clone());
        let connection =
            Connection { head: head.clone(), is_evicted: Arc::clone(&is_evicted), waker };
        let mut entries = self.entries();
        let number = entries.next;
        entries.next += 1;
        entries.all.insert(number, connection);
        Entry { of: Arc::clone(self), number, head, is_evicted }
    }

    /// Has the connections closed that have waited the longest, at most `count` of them.
    pub(super) fn evict(&self, count: usize) {
        let Some(before) = now().checked_sub(MIN_WAIT) else { return };
        let mut entries = self.entries();
        let waiting = entries.all.iter().filter_map(|(number, connection)| {
            connection
                .head
                .waiting_since()
                .filter(|since| *since <= before)
                .map(|since| (since, *number))
        });
        let mut waiting: Vec<_> = waiting.collect();
        if waiting.len() > count {
            waiting.select_nth_unstable(count);
            waiting.truncate(count);
        }
        for (_, number) in waiting {
            if let Some(connection) = entries.all.remove(&number) {
                connection.is_evicted.store(true, Ordering::Relaxed);
                connection.waker.wake();
            }
        }
    }
}

impl Entry {
    /// Returns `true` if the connection has to be closed.
    pub(super) fn is_evicted(&self) -> bool {
        // A request may have come just now.
        self.is_evicted.load(Ordering::Relaxed) && self.head.waiting_since().is_some()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.of.entries().all.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use hyper::rt::Timer as _;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_that_have_waited_the_longest_are_closed() {
        let of = Arc::<Waiting>::default();
        let mut all = Vec::new();
        for _ in 0..5 {
            let head = HeadTimer::new(Duration::from_secs(10));
            let wait = head.sleep(Duration::ZERO);
            all.push((of.enter(&head, Waker::noop()), Some(wait)));
            tokio::time::advance(Duration::from_millis(400)).await;
        }
        // A request has come on the first one.
        all[0].1 = None;
        let evicted = |all: &[(Entry, _)]| -> Vec<bool> {
            all.iter().map(|(entry, _)| entry.is_evicted()).collect()
        };
        of.evict(1);
        assert_eq!(evicted(&all), [false, true, false, false, false]);
        of.evict(5);
        assert_eq!(evicted(&all), [false, true, true, false, false], "the others have just come");
        all[2].1 = None;
        assert_eq!(evicted(&all), [false, true, false, false, false], "it is served");
        drop(all);
        assert!(of.entries().all.is_empty());
    }
}
