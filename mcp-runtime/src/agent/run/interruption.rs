//! Interruptions of a run: from outside, and by its limit of time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::agent::limits::Limit;
use crate::agent::outcome::End;

/// Ends a run from another task. See [`Run::stop_handle`](super::Run::stop_handle).
#[derive(Clone, Debug, Default)]
pub struct StopHandle(Arc<Stop>);

#[derive(Debug, Default)]
struct Stop {
    is_stopped: AtomicBool,
    notify: Notify,
}

/// Interruptions of a run.
pub(super) struct Interruption {
    stop: StopHandle,
    deadline: Option<Instant>,
}

impl StopHandle {
    /// Ends the run with [`End::Cancelled`]. Calls in flight are cancelled; the results of those that
    /// have finished are kept. A run that has ended is not changed.
    pub fn stop(&self) {
        self.0.is_stopped.store(true, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::SeqCst)
    }

    async fn stopped(&self) {
        // `notified` receives what comes after it was created.
        let notified = self.0.notify.notified();
        if !self.is_stopped() {
            notified.await;
        }
    }
}

impl Interruption {
    /// Starts the time of a run.
    pub(super) fn new(stop: StopHandle, time: Option<Duration>) -> Self {
        // A time that is too long for the clock is no limit.
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        Self { stop, deadline }
    }

    /// Returns the end of the run if it is interrupted now.
    pub(super) fn now(&self) -> Option<End> {
        if self.stop.is_stopped() {
            return Some(End::Cancelled);
        }
        let is_over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        is_over.then_some(End::Limit(Limit::Time))
    }

    /// Waits for an interruption.
    async fn wait(&self) -> End {
        let over = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.stopped() => End::Cancelled,
            () = over => End::Limit(Limit::Time),
        }
    }

    /// Waits for a future, unless an interruption comes first.
    ///
    /// # Errors
    /// The end of the run.
    pub(super) async fn or<T>(&self, future: impl Future<Output = T>) -> Result<T, End> {
        tokio::select! {
            biased;
            output = future => Ok(output),
            end = self.wait() => Err(end),
        }
    }
}
