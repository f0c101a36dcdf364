//! Rate limit for the progress notifications of a request.

use std::time::Duration;

use tokio::time::Instant;

use crate::context::rate::RateLimiter;

/// Maximum number of notifications in a row.
const BURST: u32 = 32;

/// Time after which one more notification may follow.
const INTERVAL: Duration = Duration::from_millis(32);

/// Progress that was last sent for one request.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Value of the last notification: it must increase from one to the next.
    last: Option<f64>,
    rate: RateLimiter,
}

impl Default for Progress {
    fn default() -> Self {
        Self { last: None, rate: RateLimiter::new(BURST, INTERVAL) }
    }
}

impl Progress {
    /// Returns `true` if a notification is to be sent, and records its value. The end of the work is
    /// exempt from the rate limit.
    pub(crate) fn admits(&mut self, done: f64, ends: bool, now: Instant) -> bool {
        if !done.is_finite() || self.last.is_some_and(|last| done <= last) {
            return false;
        }
        if !self.rate.try_acquire(now) && !ends {
            return false;
        }
        self.last = Some(done);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts how many of `count` notifications, `apart` from each other, are sent.
    fn check(count: u32, apart: Duration, expected: u32) {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let sent = (0..count).filter(|&number| {
            progress.admits(f64::from(number), number + 1 == count, start + apart * number)
        });
        assert_eq!(sent.count(), usize::try_from(expected).unwrap(), "{count}, {apart:?}");
    }

    #[test]
    fn progress_is_sent_as_often_as_a_person_can_follow() {
        check(32, Duration::ZERO, 32);
        // The last one ends the work.
        check(1000, Duration::ZERO, 33);
        check(1000, Duration::from_millis(32), 1000);
        // One second allows 31 more.
        check(1001, Duration::from_millis(1), 64);
    }

    #[test]
    fn progress_grows() {
        let (mut progress, now) = (Progress::default(), Instant::now());
        assert!(progress.admits(2.0, false, now));
        assert!(!progress.admits(2.0, false, now));
        assert!(!progress.admits(1.0, true, now));
        assert!(!progress.admits(f64::NAN, false, now));
        assert!(progress.admits(3.0, false, now));
    }
}
