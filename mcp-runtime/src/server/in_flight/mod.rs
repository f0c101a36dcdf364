//! Requests in flight on one connection, and their cancellation.

mod driven;
#[cfg(all(test, shuttle))]
mod models;

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use mcp_core::jsonrpc::RequestId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::context::budget::{Budget, Exceeded};
use crate::context::cancellation::Cancellation;
use crate::context::request_channel::RequestChannel;
use crate::server::running::{Completed, Running};
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{AbortHandle, Mutex, MutexGuard, spawn};

/// Limit of threads that first polls block at the same time. Beyond it, handlers are polled by the
/// runtime only.
const MAX_BLOCKED: usize = 64;

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
    /// There is no memory left.
    Exceeded(Exceeded),
}

/// Outcome of the first poll of a handler.
pub(crate) enum FirstPoll {
    Completed(Completed),
    /// The handler goes on in a task, with its place if it has one.
    Pending(Option<OwnedSemaphorePermit>),
}

/// Delivery of the answer of a request in a task.
pub(crate) trait Deliver: Send + Sync + 'static {
    /// An answer that is to be sent.
    type Prepared: Send;

    /// Prepares the answer. The request can be cancelled meanwhile.
    fn prepare(&self, completed: Completed) -> impl Future<Output = Self::Prepared> + Send;

    /// Sends the answer.
    fn deliver(self, prepared: Self::Prepared);
}

impl<F: FnOnce(Completed) + Send + Sync + 'static> Deliver for F {
    type Prepared = Completed;

    fn prepare(&self, completed: Completed) -> impl Future<Output = Completed> + Send {
        ready(completed)
    }

    fn deliver(self, completed: Completed) {
        self(completed);
    }
}

/// Requests of one connection that have no answer yet.
pub(crate) struct InFlight {
    entries: Mutex<Entries>,
    /// Number of entries in the state [`Entry::FirstPoll`].
    polls_under_way: AtomicUsize,
    places: Arc<Semaphore>,
    capacity: Capacity,
    budget: Arc<Budget>,
    idle: Notify,
    /// Number of handlers whose futures exist.
    alive: AtomicUsize,
    /// Notified when the last of them was dropped.
    all_gone: Notify,
}

/// Guard that counts a task as alive until its future has been dropped.
struct Alive(Arc<InFlight>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.leave();
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

enum Entry {
    /// A task polls the handler.
    Task {
        /// Number that differs from that of a later request with the same id.
        ticket: u64,
        abort: AbortHandle,
        channel: RequestChannel,
    },
    /// The transport polls the handler.
    Driven { ticket: u64, cancelled: Cancellation, channel: RequestChannel },
    /// The first poll of the handler blocks its thread, which no longer reads.
    FirstPoll { ticket: u64, thread: ThreadId, is_cancelled: bool },
}

impl Entry {
    fn ticket(&self) -> u64 {
        match self {
            Self::Task { ticket, .. }
            | Self::Driven { ticket, .. }
            | Self::FirstPoll { ticket, .. } => *ticket,
        }
    }

    /// Marks a first poll as cancelled; it keeps its entry. Returns `true` for anything else.
    fn ends_or_mark(&mut self) -> bool {
        match self {
            Self::FirstPoll { is_cancelled, .. } => {
                *is_cancelled = true;
                false
            }
            Self::Task { .. } | Self::Driven { .. } => true,
        }
    }

    /// Drops the handler, and stops everything that it may still send.
    fn cancel(&self) {
        match self {
            Self::Task { abort, channel, .. } => {
                channel.close();
                abort.abort();
            }
            Self::Driven { cancelled, channel, .. } => {
                channel.close();
                cancelled.cancel();
            }
            Self::FirstPoll { .. } => {}
        }
    }
}

impl Entries {
    /// Number of entries that are owed an answer. Those whose answer is being delivered have none.
    fn owed_entries(&self) -> usize {
        let is_cancelled =
            |entry: &&Entry| matches!(entry, Entry::FirstPoll { is_cancelled: true, .. });
        self.by_id.values().filter(|entry| !is_cancelled(entry)).count()
    }

    fn next_ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }
}

impl InFlight {
    pub(crate) fn new(capacity: Capacity, budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::default(),
            polls_under_way: AtomicUsize::new(0),
            places: Arc::new(Semaphore::new(capacity.running)),
            capacity,
            budget,
            idle: Notify::new(),
            alive: AtomicUsize::new(0),
            all_gone: Notify::new(),
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
            let exceeded = self.budget.check().err().map(Obstacle::Exceeded);
            if is_full { Some(Obstacle::Full) } else { exceeded }
        }
    }

    /// Polls a handler for the first time, if a place is free and few of these polls block.
    pub(crate) fn first_poll(
        &self,
        running: &mut Running,
        poll: impl FnOnce(&mut Running) -> Poll<Completed>,
    ) -> FirstPoll {
        // A place is taken only by a handler that is pending, because most are ready.
        let may_poll = self.places.available_permits() > 0
            && self.polls_under_way.load(Ordering::Relaxed) < MAX_BLOCKED;
        if may_poll && let Poll::Ready(completed) = poll(running) {
            return FirstPoll::Completed(completed);
        }
        FirstPoll::Pending(self.place())
    }

    /// Takes a place, if one is free.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Enters a request whose first poll blocks a thread, and returns its ticket. `None` if the first
    /// poll has returned and the request is a task by now.
    pub(crate) fn enter_first_poll(&self, id: &RequestId, thread: ThreadId) -> Option<u64> {
        let mut entries = self.entries();
        if entries.by_id.contains_key(id) {
            return None;
        }
        let ticket = entries.next_ticket();
        let is_cancelled = entries.closed;
        entries.owed += usize::from(!is_cancelled);
        let entry = Entry::FirstPoll { ticket, thread, is_cancelled };
        entries.by_id.insert(id.clone(), entry);
        self.polls_under_way.fetch_add(1, Ordering::Relaxed);
        self.alive.fetch_add(1, Ordering::AcqRel);
        Some(ticket)
    }

    /// Removes a request whose first poll has blocked its thread, unless it has become a task.
    pub(crate) fn end_first_poll(&self, id: &RequestId, ticket: u64) {
        let mut entries = self.entries();
        let Some(Entry::FirstPoll { is_cancelled, .. }) =
            entries.by_id.get(id).filter(|entry| entry.ticket() == ticket)
        else {
            return;
        };
        let owed = usize::from(!is_cancelled);
        entries.by_id.remove(id);
        drop(entries);
        self.leave_first_poll();
        self.settle(owed);
    }

    /// Counts a handler as dropped.
    fn leave(&self) {
        if self.alive.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.all_gone.notify_waiters();
        }
    }

    fn leave_first_poll(&self) {
        self.polls_under_way.fetch_sub(1, Ordering::Relaxed);
        self.leave();
    }

    /// `true` if the request of a first poll that has blocked its thread was not cancelled.
    pub(crate) fn is_first_poll_owed(&self, id: &RequestId) -> bool {
        !matches!(self.entries().by_id.get(id), Some(Entry::FirstPoll { is_cancelled: true, .. }))
    }

    /// `true` if the first poll that blocks this thread belongs to a cancelled request, so that
    /// nothing it sends may reach the client.
    pub(crate) fn is_silenced(&self) -> bool {
        let current = thread::current().id();
        let is_own = |entry: &Entry| matches!(entry, Entry::FirstPoll { thread, is_cancelled: true, .. } if *thread == current);
        self.polls_under_way.load(Ordering::Relaxed) > 0
            && self.entries().by_id.values().any(is_own)
    }

    /// `true` if no request is in flight.
    #[cfg(feature = "http")]
    pub(crate) fn is_idle(&self) -> bool {
        self.entries().owed == 0
    }

    /// Runs a request on the runtime and delivers its answer, unless it is cancelled before.
    ///
    /// Without a `place` it waits for one first. Returns `false` and drops the request if one with the
    /// same id is in flight, if it was cancelled, or after [`cancel_all`](Self::cancel_all).
    pub(crate) fn spawn(
        self: &Arc<Self>,
        running: Running,
        place: Option<OwnedSemaphorePermit>,
        deliver: impl Deliver,
    ) -> bool {
        let id = running.id().clone();
        let channel = running.channel().clone();
        // Held until the entry is made, so that the task cannot end before it exists.
        let mut entries = self.entries();
        let may_run = match entries.by_id.get(&id) {
            None => !entries.closed,
            Some(Entry::Task { .. } | Entry::Driven { .. }) => false,
            Some(Entry::FirstPoll { is_cancelled, .. }) => !is_cancelled,
        };
        if !may_run {
            drop(entries);
            return false;
        }
        let ticket = entries.next_ticket();
        self.alive.fetch_add(1, Ordering::AcqRel);
        let alive = Alive(Arc::clone(self));
        let held = self.budget.hold_request(running.length());
        let key = id.clone();
        let task = spawn(async move {
            // Declared first, so that they are dropped after the handler.
            let (alive, _held) = (alive, held);
            let this = Arc::clone(&alive.0);
            let _place = match place {
                Some(place) => Some(place),
                None => Arc::clone(&this.places).acquire_owned().await.ok(),
            };
            let completed = running.run().await;
            let prepared = deliver.prepare(completed).await;
            if this.forget(&key, ticket) {
                deliver.deliver(prepared);
                this.settle(1);
            }
        });
        let entry = Entry::Task { ticket, abort: task.abort_handle(), channel };
        match entries.by_id.insert(id, entry) {
            None => entries.owed += 1,
            // It is owed already.
            Some(_) => self.leave_first_poll(),
        }
        true
    }

    /// Removes an entry. Returns `false` if it was cancelled before.
    fn forget(&self, id: &RequestId, ticket: u64) -> bool {
        let mut entries = self.entries();
        let owed = entries.by_id.get(id).is_some_and(|entry| entry.ticket() == ticket);
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
        let mut entries = self.entries();
        let ends = match entries.by_id.get_mut(id) {
            None | Some(Entry::FirstPoll { is_cancelled: true, .. }) => return false,
            Some(entry) => entry.ends_or_mark(),
        };
        let ended = if ends { entries.by_id.remove(id) } else { None };
        drop(entries);
        ended.iter().for_each(Entry::cancel);
        self.settle(1);
        true
    }

    /// Cancels every request, and admits no more.
    pub(crate) fn cancel_all(&self) {
        let mut entries = self.entries();
        entries.closed = true;
        let owed = entries.owed_entries();
        let ended = entries.by_id.extract_if(|_, entry| entry.ends_or_mark());
        let ended: Vec<_> = ended.map(|(_, entry)| entry).collect();
        drop(entries);
        ended.iter().for_each(Entry::cancel);
        self.settle(owed);
    }

    /// Waits until the futures of all handlers have been dropped.
    pub(crate) async fn gone(&self) {
        loop {
            let gone = self.all_gone.notified();
            tokio::pin!(gone);
            gone.as_mut().enable();
            if self.alive.load(Ordering::Acquire) == 0 {
                return;
            }
            gone.await;
        }
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
