//! The time limit for a client to read a response.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::head_timer::now;

/// Timer of a connection whose client reads slowly. It runs while a write waits.
#[derive(Clone)]
pub(super) struct WriteTimer {
    timeout: Duration,
    /// The wait of a write, shared by the two sides.
    wait: Arc<Wait>,
}

#[derive(Default)]
struct Wait {
    /// `true` while a write waits. Most writes do not wait, and take no lock.
    is_waiting: AtomicBool,
    since: Mutex<Option<Instant>>,
}

impl WriteTimer {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, wait: Arc::default() }
    }

    /// Records the outcome of a write.
    pub(super) fn record<T>(&self, polled: &Poll<T>) {
        let Wait { is_waiting, since } = &*self.wait;
        if polled.is_pending() != is_waiting.load(Ordering::Acquire) {
            let started = polled.is_pending().then(now);
            *since.lock().unwrap_or_else(PoisonError::into_inner) = started;
            is_waiting.store(started.is_some(), Ordering::Release);
        }
    }

    /// End of the wait; `None` if no write waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let Wait { is_waiting, since } = &*self.wait;
        if !is_waiting.load(Ordering::Acquire) {
            return None;
        }
        let since = *since.lock().unwrap_or_else(PoisonError::into_inner);
        // A timeout beyond the range of the clock is none.
        since?.checked_add(self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_write_that_waits_has_a_deadline() {
        let writer = WriteTimer::new(Duration::from_secs(30));
        let watch = writer.clone();
        writer.record(&Poll::Ready(()));
        assert_eq!(watch.deadline(), None);
        let start = now();
        writer.record(&Poll::<()>::Pending);
        advance(Duration::from_secs(10)).await;
        writer.record(&Poll::<()>::Pending);
        assert_eq!(watch.deadline(), Some(start + Duration::from_secs(30)));
        writer.record(&Poll::Ready(()));
        assert_eq!(watch.deadline(), None);
    }
}
