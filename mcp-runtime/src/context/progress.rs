//! How often a request may tell of its progress.

use std::time::Duration;

use tokio::time::Instant;

use crate::context::rate::RateLimiter;

/// How many notifications may follow each other at once.
const BURST: u32 = 32;

/// How long it takes until one more may follow.
const INTERVAL: Duration = Duration::from_millis(32);

/// The progress of one request, as far as its client was told.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What was told last, because it must grow from one notification to the next.
    last: Option<f64>,
    pace: RateLimiter,
}

impl Default for Progress {
    fn default() -> Self {
        Self { last: None, pace: RateLimiter::new(BURST, INTERVAL) }
    }
}

impl Progress {
    /// Whether progress is told, and if so remembers it. The end of the work always is.
    pub(crate) fn admits(&mut self, done: f64, ends: bool, now: Instant) -> bool {
        if !done.is_finite() || self.last.is_some_and(|last| done <= last) {
            return false;
        }
        if !self.pace.takes(now) && !ends {
            return false;
        }
        self.last = Some(done);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of `count` notifications, `apart` from each other, are told.
    fn check(count: u32, apart: Duration, expected: u32) {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let told = (0..count).filter(|&number| {
            progress.admits(f64::from(number), number + 1 == count, start + apart * number)
        });
        assert_eq!(told.count(), usize::try_from(expected).unwrap(), "{count}, {apart:?}");
    }

    #[test]
    fn progress_is_told_as_often_as_a_person_can_follow() {
        check(32, Duration::ZERO, 32);
        // The last one ends the work.
        check(1000, Duration::ZERO, 33);
        check(1000, Duration::from_millis(32), 1000);
        // A second gives time for 31 more.
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
