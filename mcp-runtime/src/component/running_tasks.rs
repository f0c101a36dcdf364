//! The tasks that this process carries out, and their leases.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Instant;
use crate::context::session::Session;
use crate::store::executor::Lease;
use crate::sync::{Mutex, MutexGuard};

/// The tasks that this server carries out. None of them is started twice.
#[derive(Default)]
pub(crate) struct RunningTasks {
    table: Mutex<HashMap<String, Entry>>,
    counts: watch::Sender<Counts>,
    /// Sessions of the clients whose tasks were created here.
    sessions: Mutex<HashMap<String, Weak<Session>>>,
    /// Held while tasks that have ended are forgotten for a new one.
    pub(crate) forgetting: tokio::sync::Mutex<()>,
    /// Tasks that were passed on because their tool is not here, and when.
    passed_on: Mutex<HashMap<String, Instant>>,
}

struct Entry {
    lease: Lease,
    hold: watch::Sender<Hold>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    /// Those that do not wait for their client.
    busy: usize,
    /// `true` while something takes tasks.
    is_driven: bool,
}

/// State of a lease, as far as this process knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// The lease always holds.
    Always,
    Until(Instant),
    /// Another process may have the task.
    Lost,
}

impl RunningTasks {
    /// Number of tasks.
    #[cfg(feature = "metrics")]
    pub(crate) fn count(&self) -> usize {
        self.counts.borrow().all
    }

    /// Enters a task until the guard is dropped. Returns `None` if it is here already.
    pub(crate) fn enter(self: &Arc<Self>, lease: Lease, hold: Hold) -> Option<RunningTask> {
        use std::collections::hash_map::Entry as Place;

        let hold = watch::Sender::new(hold);
        let watched = hold.subscribe();
        match lock(&self.table).entry(lease.job.clone()) {
            Place::Occupied(_) => return None,
            Place::Vacant(place) => drop(place.insert(Entry { lease: lease.clone(), hold })),
        }
        self.counts.send_modify(|counts| {
            counts.all += 1;
            counts.busy += 1;
        });
        let tasks = Arc::clone(self);
        Some(RunningTask { tasks, lease, hold: watched, is_busy: Mutex::new(true) })
    }

    /// Waits until fewer than `limit` tasks are busy. Returns the difference.
    pub(crate) async fn room(&self, limit: usize) -> usize {
        let mut counts = self.counts.subscribe();
        // The sender lives as long as `self`.
        let counts = counts.wait_for(|counts| counts.busy < limit).await;
        counts.map_or(0, |counts| limit - counts.busy)
    }

    /// Waits until no task is here.
    pub(crate) async fn empty(&self) {
        let _ = self.counts.subscribe().wait_for(|counts| counts.all == 0).await;
    }

    /// Waits until no task is here and nothing takes any more.
    pub(crate) async fn drained(&self) {
        let mut counts = self.counts.subscribe();
        let _ = counts.wait_for(|counts| counts.all == 0 && !counts.is_driven).await;
    }

    /// Begins to take tasks, until the guard is dropped. Returns `None` if something does already.
    pub(crate) fn begin_to_take(self: &Arc<Self>) -> Option<Taking> {
        let is_new =
            self.counts.send_if_modified(|counts| !std::mem::replace(&mut counts.is_driven, true));
        is_new.then(|| Taking(Arc::clone(self)))
    }

    /// The leases of all tasks.
    pub(crate) fn leases(&self) -> Vec<Lease> {
        lock(&self.table).values().map(|entry| entry.lease.clone()).collect()
    }

    /// Notes that leases were extended, except those that are lost.
    pub(crate) fn extend(&self, leases: &[Lease], until: Instant, lost: &[Lease]) {
        let table = lock(&self.table);
        for lease in leases {
            let hold = match lost.contains(lease) {
                true => Hold::Lost,
                false => Hold::Until(until),
            };
            // Meanwhile it may have another lease.
            if let Some(entry) = table.get(&lease.job).filter(|entry| entry.lease == *lease) {
                entry.hold.send_replace(hold);
            }
        }
    }

    /// Keeps the session of the client of a task until the guard is dropped.
    pub(crate) fn keep_session(
        self: &Arc<Self>,
        task: &str,
        session: Weak<Session>,
    ) -> KeptSession {
        lock(&self.sessions).insert(task.to_owned(), session);
        KeptSession { tasks: Arc::clone(self), task: task.to_owned() }
    }

    /// The session of the client of a task, if it was created here.
    pub(crate) fn session(&self, task: &str) -> Option<Weak<Session>> {
        lock(&self.sessions).get(task).cloned()
    }

    /// Returns `true` if a task was not passed on within a time. Then it counts as passed on now.
    pub(crate) fn may_pass_on(&self, task: &str, within: Duration) -> bool {
        let (mut passed_on, now) = (lock(&self.passed_on), Instant::now());
        passed_on.retain(|_, at| now.duration_since(*at) < within);
        let is_new = !passed_on.contains_key(task);
        if is_new {
            passed_on.insert(task.to_owned(), now);
        }
        is_new
    }
}

/// A task that this server carries out.
pub(crate) struct RunningTask {
    tasks: Arc<RunningTasks>,
    pub(crate) lease: Lease,
    pub(crate) hold: watch::Receiver<Hold>,
    is_busy: Mutex<bool>,
}

impl RunningTask {
    /// Id of the task.
    pub(crate) fn id(&self) -> &str {
        &self.lease.job
    }

    /// Waits until the lease is lost.
    pub(crate) async fn lost(&self) {
        // The sender lives as long as `self`.
        let _ = self.hold.clone().wait_for(|hold| *hold == Hold::Lost).await;
    }

    /// Notes whether the task waits for its client. While it does, it takes no room.
    pub(crate) fn set_waiting(&self, is_waiting: bool) {
        let is_busy = &mut *lock(&self.is_busy);
        if *is_busy == is_waiting {
            *is_busy = !is_waiting;
            self.tasks.counts.send_modify(|counts| match is_waiting {
                true => counts.busy -= 1,
                false => counts.busy += 1,
            });
        }
    }
}

impl Drop for RunningTask {
    fn drop(&mut self) {
        self.set_waiting(true);
        lock(&self.tasks.table).remove(&self.lease.job);
        self.tasks.counts.send_modify(|counts| counts.all -= 1);
    }
}

/// A mark that something takes tasks.
pub(crate) struct Taking(Arc<RunningTasks>);

impl Drop for Taking {
    fn drop(&mut self) {
        self.0.counts.send_modify(|counts| counts.is_driven = false);
    }
}

/// A session that is kept for a task.
pub(crate) struct KeptSession {
    tasks: Arc<RunningTasks>,
    task: String,
}

impl Drop for KeptSession {
    fn drop(&mut self) {
        lock(&self.tasks.sessions).remove(&self.task);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
