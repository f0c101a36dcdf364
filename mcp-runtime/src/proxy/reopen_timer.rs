//! Pauses before a subscription that has ended is opened again.

use std::time::Duration;

use tokio::time::Instant;

/// Pause before the first attempt. Each further pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause. A subscription that was open for as long starts with the first pause again.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Exponential backoff of one subscription.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ReopenTimer {
    failures: u32,
    open_since: Option<Instant>,
    retry_at: Option<Instant>,
}

impl ReopenTimer {
    /// Stops the timer: the subscription is open or not needed.
    pub(crate) fn stop(&mut self) {
        if self.retry_at.take().is_some() || self.open_since.is_none() {
            self.open_since = Some(Instant::now());
        }
    }

    /// Starts the timer: the subscription has ended or could not be opened.
    pub(crate) fn start(&mut self) {
        if self.open_since.take().is_some_and(|since| since.elapsed() >= MAX_PAUSE) {
            self.failures = 0;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.failures).min(MAX_PAUSE);
        self.failures = (self.failures + 1).min(6);
        self.retry_at = Some(Instant::now() + pause);
    }

    /// Waits for the next attempt; forever while the timer is stopped.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn elapsed(self) {
        match self.retry_at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pause(timer: &mut ReopenTimer) -> u64 {
        timer.start();
        let started = Instant::now();
        timer.elapsed().await;
        started.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_until_a_subscription_stays_open() {
        let mut timer = ReopenTimer::default();
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            timer.stop();
            assert_eq!(pause(&mut timer).await, expected);
        }
        timer.stop();
        tokio::time::advance(MAX_PAUSE).await;
        timer.stop();
        assert_eq!(pause(&mut timer).await, 1);
    }
}
