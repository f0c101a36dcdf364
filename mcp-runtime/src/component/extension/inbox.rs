//! Queue for the notifications of one client, which are handled in order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::notification::RunningNotification;
use crate::context::budget::{Budget, Reservation};

/// Number of queued notifications.
const CAPACITY: usize = 1024;

/// Queue of notifications and the task that handles them. The task ends with the inbox.
pub(crate) struct Inbox {
    worker: Mutex<Option<Worker>>,
    budget: Arc<Budget>,
}

struct Worker {
    queue: Sender<(RunningNotification, Reservation)>,
    task: JoinHandle<()>,
}

impl Inbox {
    /// Creates the inbox of a connection with a budget.
    pub(crate) fn new(budget: Arc<Budget>) -> Self {
        Self { worker: Mutex::default(), budget }
    }

    fn worker(&self) -> MutexGuard<'_, Option<Worker>> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a notification. It is dropped, with a log message, if the queue is full, or if there is no
    /// memory or no runtime.
    pub(crate) fn put(&self, notification: RunningNotification) {
        let Ok(runtime) = Handle::try_current() else {
            tracing::warn!("a notification is dropped: there is no runtime of tokio to handle it");
            return;
        };
        if self.budget.check().is_err() {
            tracing::warn!("a notification is dropped: its client holds too much memory");
            return;
        }
        let held = self.budget.hold_request(notification.length());
        let mut worker = self.worker();
        let worker = worker.get_or_insert_with(|| {
            let (queue, waiting) = channel(CAPACITY);
            Worker { queue, task: runtime.spawn(handle(waiting)) }
        });
        if worker.queue.try_send((notification, held)).is_err() {
            tracing::warn!("a client sends notifications faster than they are handled");
        }
    }

    /// Drops the running handler and the queued notifications.
    pub(crate) fn end(&self) {
        let worker = self.worker().take();
        if let Some(worker) = worker {
            worker.task.abort();
        }
    }

    /// Closes the queue and waits until all queued notifications are handled.
    pub(crate) async fn drained(&self) {
        let worker = self.worker().take();
        if let Some(Worker { queue, task }) = worker {
            drop(queue);
            let mut ending = Ending(task);
            // An error means that the task was ended, which is as good.
            let _ = (&mut ending.0).await;
        }
    }
}

/// Aborts its task when it is dropped.
struct Ending(JoinHandle<()>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn handle(mut waiting: Receiver<(RunningNotification, Reservation)>) {
    while let Some((notification, _held)) = waiting.recv().await {
        notification.await;
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.end();
    }
}
