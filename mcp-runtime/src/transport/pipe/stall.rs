//! Detects a client that has stopped reading.

use std::time::Duration;

use crate::clock::Instant;

/// Time without progress after which the last answers are given up.
pub(crate) const STALL_TIMEOUT: Duration = Duration::from_secs(1);

/// Interval of the checks for progress.
pub(crate) const STALL_TICK: Duration = Duration::from_millis(50);

/// Watches the number of bytes that a client has taken.
pub(crate) struct Stall {
    taken: u64,
    since: Instant,
}

impl Stall {
    /// Starts to watch a client that has taken some bytes.
    pub(crate) fn new(taken: u64) -> Self {
        Self { taken, since: Instant::now() }
    }

    /// `true` if the number has not changed for [`STALL_TIMEOUT`].
    pub(crate) fn is_stalled(&mut self, taken: u64) -> bool {
        self.is_stalled_for(STALL_TIMEOUT, taken)
    }

    /// `true` if the number has not changed for a time.
    pub(crate) fn is_stalled_for(&mut self, time: Duration, taken: u64) -> bool {
        if self.taken != taken {
            *self = Self::new(taken);
        }
        self.since.elapsed() >= time
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_byte_is_progress() {
        let mut stall = Stall::new(0);
        for taken in 1..10 {
            advance(STALL_TIMEOUT - STALL_TICK).await;
            assert!(!stall.is_stalled(taken));
        }
        advance(STALL_TIMEOUT).await;
        assert!(stall.is_stalled(9));
    }
}
