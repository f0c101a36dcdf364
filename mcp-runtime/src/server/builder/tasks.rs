//! Settings for the execution of tasks.

use std::sync::Arc;
use std::time::Duration;

use super::Server;
use crate::server::tasks::UNFINISHED;
use crate::store::Store;
use crate::store::executor::{Executor, Jobs};

/// Lease time by default.
const LEASE: Duration = Duration::from_secs(30);

/// Shortest lease time.
const MIN_LEASE: Duration = Duration::from_millis(50);

/// Number of tasks by default that work in one process at a time.
const CONCURRENCY: usize = 100;

/// Settings for the execution of tasks.
pub(super) struct TaskExecution {
    lease: Duration,
    pub(super) concurrency: usize,
}

impl Default for TaskExecution {
    fn default() -> Self {
        Self { lease: LEASE, concurrency: CONCURRENCY }
    }
}

impl TaskExecution {
    pub(super) fn executor(&self, store: &Store) -> Arc<dyn Executor> {
        store.executor(Jobs { unfinished: UNFINISHED, lease: self.lease })
    }
}

impl Server {
    /// Sets the time after which another process takes over the tasks of one that has died; 30 seconds by
    /// default. It applies to stores that several processes share, such as `Store::redis`.
    ///
    /// A process extends its leases three times within this time. One that cannot, for example because it
    /// is paused or cut off from Redis, loses its tasks: they run elsewhere, and what it still writes about
    /// them is refused. A short time leads to takeovers from processes that are only slow. All processes
    /// that share a store should have the same lease time. The shortest is 50 milliseconds.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").task_lease(Duration::from_secs(10));
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn task_lease(mut self, time: Duration) -> Self {
        self.task_execution.lease = time.max(MIN_LEASE);
        self
    }

    /// Sets the number of tasks that this process takes from a store that several processes share; 100 by
    /// default. Tasks that wait for their client do not count. The others wait in the store until a
    /// process has room.
    ///
    /// With other stores every task starts at once.
    ///
    /// ```
    /// use mcp_runtime::Server;
    ///
    /// let server = Server::new("demo", "1.0.0").task_concurrency(8);
    /// # drop(server);
    /// ```
    #[must_use]
    pub fn task_concurrency(mut self, count: usize) -> Self {
        self.task_execution.concurrency = count.max(1);
        self
    }
}
