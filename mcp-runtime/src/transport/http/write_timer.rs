//! The time limit for a client to read a response.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::head_timer::now;

/// Timer of a connection whose client reads slowly. It runs while a write waits.
#[derive(Clone)]
pub(super) struct WriteTimer {
    timeout: Duration,
    /// Start of the wait of a write, shared by the two sides.
    since: Arc<Mutex<Option<Instant>>>,
    /// `true` while a write waits. Kept beside `since`, for writes that do not wait.
    is_waiting: bool,
}

impl WriteTimer {
    pub(super) fn new(timeout: Duration) -> Self {
        Self { timeout, since: Arc::default(), is_waiting: false }
    }

    /// Records the outcome of a write.
    pub(super) fn record<T>(&mut self, polled: &Poll<T>) {
        if polled.is_pending() != self.is_waiting {
            self.is_waiting = polled.is_pending();
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = self.is_waiting.then(now);
        }
    }

    /// End of the wait; `None` if no write waits.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
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
        let mut writer = WriteTimer::new(Duration::from_secs(30));
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
