//! Notification of cancelled handlers that keep running.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::sync::atomic::{AtomicBool, Ordering};

/// A shared [`Signal`].
#[derive(Clone, Default)]
pub(crate) struct Cancellation(Arc<Signal>);

/// A flag that can be awaited and is set once.
#[derive(Default)]
pub(crate) struct Signal {
    set: AtomicBool,
    wake: Notify,
}

impl Signal {
    /// Sets the flag and wakes all waiting tasks.
    pub(crate) fn set(&self) {
        self.set.store(true, Ordering::Release);
        self.wake.notify_waiters();
    }

    /// Returns `true` if the flag is set.
    pub(crate) fn is_set(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// Waits until the flag is set.
    pub(crate) async fn wait(&self) {
        let waiting = self.wake.notified();
        tokio::pin!(waiting);
        // Registered before the flag is read, so that no wake-up is missed.
        waiting.as_mut().enable();
        if !self.is_set() {
            waiting.await;
        }
    }
}

impl Cancellation {
    /// Sets the flag and wakes all waiting tasks.
    pub(crate) fn cancel(&self) {
        self.0.set();
    }

    /// Returns `true` if the flag is set.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.is_set()
    }

    /// Waits until the flag is set.
    pub(crate) async fn cancelled(&self) {
        self.0.wait().await;
    }
}
