//! How often a request may tell of its progress.

use std::time::Duration;

use tokio::time::Instant;

/// How many notifications may follow each other at once.
const BURST: u32 = 32;

/// How long it takes until one more may follow.
const INTERVAL: Duration = Duration::from_millis(32);

/// The progress of one request, as far as its client was told.
#[derive(Debug)]
pub(crate) struct Progress {
    /// What was told last, because it must grow from one notification to the next.
    last: Option<f64>,
    left: u32,
    /// Since when `left` has been what it is.
    since: Option<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { last: None, left: BURST, since: None }
    }
}

impl Progress {
    /// Whether progress is told, and if so remembers it. The end of the work always is.
    pub(crate) fn admits(&mut self, done: f64, ends: bool, now: Instant) -> bool {
        if !done.is_finite() || self.last.is_some_and(|last| done <= last) {
            return false;
        }
        self.refill(now);
        if self.left == 0 && !ends {
            return false;
        }
        self.left = self.left.saturating_sub(1);
        self.last = Some(done);
        true
    }

    fn refill(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since).as_millis() / INTERVAL.as_millis();
        let gained = u32::try_from(passed).unwrap_or(u32::MAX);
        if self.left.saturating_add(gained) >= BURST {
            (self.left, self.since) = (BURST, Some(now));
        } else {
            self.left += gained;
            self.since = Some(since + INTERVAL * gained);
        }
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
