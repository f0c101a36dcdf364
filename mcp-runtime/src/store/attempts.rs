//! Changes that are tried again after a conflict.

use std::time::Duration;

use crate::clock::{Instant, timeout};

/// Time for which a change is tried again. Of the changes that conflict one always succeeds, so a number of
/// attempts could be used up by bad luck alone. Clients wait for at least twice as long.
const PATIENCE: Duration = Duration::from_secs(15);

/// Attempts at a change of a record that others change too.
pub(crate) struct Attempts {
    until: Instant,
}

impl Attempts {
    pub(crate) fn begin() -> Self {
        Self { until: Instant::now() + PATIENCE }
    }

    /// Returns `true` if there is time for another attempt.
    pub(crate) fn are_left(&self) -> bool {
        Instant::now() < self.until
    }

    /// Waits for something else than the store, such as the end of another change; `None` if it takes too long.
    pub(crate) async fn wait<T>(&self, other: impl Future<Output = T>) -> Option<T> {
        timeout(self.until - Instant::now(), other).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn attempts_end_after_a_time() {
        let attempts = Attempts::begin();
        assert!(attempts.are_left());
        assert_eq!(attempts.wait(async { 1 }).await, Some(1));
        assert_eq!(attempts.wait(std::future::pending::<i32>()).await, None);
        assert!(!attempts.are_left());
    }
}
