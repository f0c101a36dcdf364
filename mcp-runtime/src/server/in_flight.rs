//! Requests in flight on one connection, and their cancellation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use mcp_core::jsonrpc::RequestId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::AbortHandle;

use super::running::{Completed, Running};
use crate::context::request_channel::RequestChannel;

/// Limits of the requests of one connection that run, and that wait for a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    pub(crate) running: usize,
    pub(crate) waiting: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { running: 1024, waiting: 4096 }
    }
}

/// Obstacle to admitting a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// A request with the same id is in flight.
    Reused,
    /// There is no place left, not even to wait.
    Full,
}

/// Outcome of the first poll of a handler.
pub(crate) enum FirstPoll {
    Completed(Completed),
    /// The handler goes on in a task, with its place if it has one.
    Pending(Option<OwnedSemaphorePermit>),
}

/// Requests of one connection that have no answer yet.
pub(crate) struct InFlight {
    entries: Mutex<Entries>,
    places: Arc<Semaphore>,
    capacity: Capacity,
    idle: Notify,
    alive: watch::Sender<usize>,
}

/// Guard that counts a task as alive until its future has been dropped.
struct Alive(Arc<InFlight>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.alive.send_modify(|count| *count -= 1);
    }
}

#[derive(Default)]
struct Entries {
    by_id: HashMap<RequestId, Entry>,
    next_ticket: u64,
    /// Number of requests that are neither answered nor cancelled, including those whose answer is
    /// being delivered.
    owed: usize,
    /// `true` once no further request is admitted.
    closed: bool,
}

struct Entry {
    /// Number that differs from that of a later request with the same id.
    ticket: u64,
    abort: AbortHandle,
    channel: RequestChannel,
}

impl Entry {
    /// Drops the handler, and stops everything that it may still send.
    fn cancel(&self) {
        self.channel.close();
        self.abort.abort();
    }
}

impl InFlight {
    pub(crate) fn new(capacity: Capacity) -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::default(),
            places: Arc::new(Semaphore::new(capacity.running)),
            capacity,
            idle: Notify::new(),
            alive: watch::Sender::new(0),
        })
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks for an obstacle to admitting a request with this id.
    pub(crate) fn obstacle_to(&self, id: &RequestId) -> Option<Obstacle> {
        let entries = self.entries();
        let by_id = &entries.by_id;
        // Mostly nothing is in flight, and hashing an id is not free.
        if by_id.is_empty() {
            None
        } else if by_id.contains_key(id) {
            Some(Obstacle::Reused)
        } else {
            let is_full = by_id.len() >= self.capacity.running + self.capacity.waiting;
            is_full.then_some(Obstacle::Full)
        }
    }

    /// Polls a handler for the first time, if a place is free.
    pub(crate) fn first_poll(
        &self,
        running: &mut Running,
        poll: impl FnOnce(&mut Running) -> Poll<Completed>,
    ) -> FirstPoll {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        if place.is_some()
            && let Poll::Ready(completed) = poll(running)
        {
            return FirstPoll::Completed(completed);
        }
        FirstPoll::Pending(place)
    }

    /// `true` if no request is in flight.
    #[cfg(feature = "http")]
    pub(crate) fn is_idle(&self) -> bool {
        self.entries().owed == 0
    }

    /// Runs a request on the runtime and delivers its answer, unless it is cancelled before.
    ///
    /// Without a `place` it waits for one first. Returns `false` and drops the request if one with the
    /// same id is in flight, or after [`cancel_all`](Self::cancel_all).
    pub(crate) fn spawn(
        self: &Arc<Self>,
        running: Running,
        place: Option<OwnedSemaphorePermit>,
        deliver: impl FnOnce(Completed) + Send + 'static,
    ) -> bool {
        let id = running.id().clone();
        let channel = running.channel().clone();
        // Held until the entry is made, so that the task cannot end before it exists.
        let mut entries = self.entries();
        if entries.closed || entries.by_id.contains_key(&id) {
            drop(entries);
            return false;
        }
        let ticket = entries.next_ticket;
        entries.next_ticket += 1;
        self.alive.send_modify(|count| *count += 1);
        let alive = Alive(Arc::clone(self));
        let key = id.clone();
        let task = tokio::spawn(async move {
            // Declared first, so that it is dropped after the handler.
            let alive = alive;
            let this = Arc::clone(&alive.0);
            let _place = match place {
                Some(place) => Some(place),
                None => Arc::clone(&this.places).acquire_owned().await.ok(),
            };
            let completed = running.await;
            if this.forget(&key, ticket) {
                deliver(completed);
                this.settle(1);
            }
        });
        entries.owed += 1;
        entries.by_id.insert(id, Entry { ticket, abort: task.abort_handle(), channel });
        true
    }

    /// Removes an entry. Returns `false` if it was cancelled before.
    fn forget(&self, id: &RequestId, ticket: u64) -> bool {
        let mut entries = self.entries();
        let owed = entries.by_id.get(id).is_some_and(|entry| entry.ticket == ticket);
        if owed {
            entries.by_id.remove(id);
        }
        owed
    }

    /// Reduces the number of requests, and wakes the tasks that wait for the last one.
    fn settle(&self, count: usize) {
        let mut entries = self.entries();
        entries.owed -= count;
        if entries.owed == 0 {
            self.idle.notify_waiters();
        }
    }

    /// Cancels a request: its handler is dropped and no answer is sent. Returns `false` if there is
    /// none.
    pub(crate) fn cancel(&self, id: &RequestId) -> bool {
        let entry = self.entries().by_id.remove(id);
        let Some(entry) = entry else { return false };
        entry.cancel();
        self.settle(1);
        true
    }

    /// Cancels every request, and admits no more.
    pub(crate) fn cancel_all(&self) {
        let mut entries = self.entries();
        entries.closed = true;
        let cancelled = std::mem::take(&mut entries.by_id);
        drop(entries);
        for entry in cancelled.values() {
            entry.cancel();
        }
        self.settle(cancelled.len());
    }

    /// Waits until the futures of all handlers have been dropped.
    pub(crate) async fn gone(&self) {
        // The sender lives as long as `self`.
        let _ = self.alive.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Waits until no request is in flight.
    pub(crate) async fn drained(&self) {
        loop {
            let idle = self.idle.notified();
            tokio::pin!(idle);
            idle.as_mut().enable();
            if self.entries().owed == 0 {
                return;
            }
            idle.await;
        }
    }
}
