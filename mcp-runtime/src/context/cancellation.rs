//! How a handler that goes on after its cancellation learns of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A [`Signal`] that is shared.
#[derive(Clone, Default)]
pub(crate) struct Cancellation(Arc<Signal>);

/// A flag that can be awaited and is set once.
#[derive(Default)]
pub(crate) struct Signal {
    set: AtomicBool,
    wake: Notify,
}

impl Signal {
    /// Sets the flag and wakes everyone who waits for it.
    pub(crate) fn set(&self) {
        self.set.store(true, Ordering::Release);
        self.wake.notify_waiters();
    }

    /// Whether the flag is set.
    pub(crate) fn is_set(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// Waits until the flag is set.
    pub(crate) async fn wait(&self) {
        let waiting = self.wake.notified();
        tokio::pin!(waiting);
        // Registered before the look at the flag, so that no setting falls between the two.
        waiting.as_mut().enable();
        if !self.is_set() {
            waiting.await;
        }
    }
}

impl Cancellation {
    /// Sets the flag and wakes everyone who waits for it.
    pub(crate) fn cancel(&self) {
        self.0.set();
    }

    /// Whether the flag is set.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.is_set()
    }

    /// Waits until the flag is set.
    pub(crate) async fn cancelled(&self) {
        self.0.wait().await;
    }
}
