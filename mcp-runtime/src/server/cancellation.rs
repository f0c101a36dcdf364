//! How a handler that goes on after its cancellation learns of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// A flag that can be awaited and is set once.
#[derive(Clone, Default)]
pub(crate) struct Cancellation(Arc<Flag>);

#[derive(Default)]
struct Flag {
    set: AtomicBool,
    wake: Notify,
}

impl Cancellation {
    /// Sets the flag and wakes everyone who waits for it.
    pub(crate) fn cancel(&self) {
        self.0.set.store(true, Ordering::Release);
        self.0.wake.notify_waiters();
    }

    /// Whether the flag is set.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.set.load(Ordering::Acquire)
    }

    /// Waits until the flag is set.
    pub(crate) async fn cancelled(&self) {
        let waiting = self.0.wake.notified();
        tokio::pin!(waiting);
        // Registered before the look at the flag, so that no setting falls between the two.
        waiting.as_mut().enable();
        if !self.is_cancelled() {
            waiting.await;
        }
    }
}
