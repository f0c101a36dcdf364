//! Rate limit for the progress notifications of a request. Of those that come too fast, the last one is
//! held back until it may be sent.

use std::time::Duration;

use tokio::time::Instant;

use crate::context::rate::RateLimiter;

/// Maximum number of notifications in a row.
const BURST: u32 = 32;

/// Time after which one more notification may follow.
const INTERVAL: Duration = Duration::from_millis(32);

/// Progress of one request.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Value of the last notification: it must increase from one to the next.
    last: Option<f64>,
    rate: RateLimiter,
    held: Option<HeldProgress>,
}

/// A notification that is sent later, unless another one replaces it.
#[derive(Debug)]
pub(crate) struct HeldProgress {
    message: Vec<u8>,
    pub(crate) due: Instant,
}

/// The treatment of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is sent now.
    Send,
    /// It is held back.
    Hold,
    /// It is dropped: its value has not increased.
    Drop,
}

impl Default for Progress {
    fn default() -> Self {
        Self { last: None, rate: RateLimiter::new(BURST, INTERVAL), held: None }
    }
}

impl Progress {
    /// Decides about a notification and records its value. The end of the work is exempt from the
    /// rate limit.
    pub(crate) fn admit(&mut self, done: f64, ends: bool, now: Instant) -> Admission {
        if !done.is_finite() || self.last.is_some_and(|last| done <= last) {
            return Admission::Drop;
        }
        self.last = Some(done);
        if self.rate.try_acquire(now) || ends {
            self.held = None;
            Admission::Send
        } else {
            Admission::Hold
        }
    }

    /// Holds a notification back, in place of an earlier one.
    pub(crate) fn hold(&mut self, message: Vec<u8>, now: Instant) {
        self.held = Some(HeldProgress { message, due: self.rate.next(now) });
    }

    /// The time at which the notification that is held back may be sent.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.held.as_ref().map(|held| held.due)
    }

    /// Takes the notification that is held back, if it may be sent now.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let held = self.held.take_if(|held| held.due <= now)?;
        self.rate.try_acquire(now);
        Some(held.message)
    }

    /// Takes the notification that is held back, because the request ends.
    pub(crate) fn take_last(&mut self) -> Option<Vec<u8>> {
        self.held.take().map(|held| held.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts how many of `count` notifications, `apart` from each other, are sent at once.
    fn check(count: u32, apart: Duration, expected: u32) {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let sent = (0..count).filter(|&number| {
            let now = start + apart * number;
            progress.admit(f64::from(number), number + 1 == count, now) == Admission::Send
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
        assert_eq!(progress.admit(2.0, false, now), Admission::Send);
        assert_eq!(progress.admit(2.0, false, now), Admission::Drop);
        assert_eq!(progress.admit(1.0, true, now), Admission::Drop);
        assert_eq!(progress.admit(f64::NAN, false, now), Admission::Drop);
        assert_eq!(progress.admit(3.0, false, now), Admission::Send);
    }

    #[test]
    fn the_last_of_a_burst_is_held_back() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        for number in 0..1000_u16 {
            if progress.admit(number.into(), false, start) == Admission::Hold {
                progress.hold(number.to_string().into(), start);
            }
        }
        assert_eq!(progress.due(), Some(start + INTERVAL));
        assert_eq!(progress.take_due(start), None);
        let later = start + INTERVAL;
        assert_eq!(progress.take_due(later), Some("999".into()));
        // It counts for the limit.
        assert_eq!(progress.admit(1000.0, false, later), Admission::Hold);
        progress.hold("1000".into(), later);
        assert_eq!(progress.due(), Some(later + INTERVAL));
        assert_eq!(progress.take_last(), Some("1000".into()));
        assert_eq!(progress.due(), None);
    }

    #[test]
    fn a_notification_that_is_sent_replaces_the_one_held_back() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        for number in 0..32 {
            assert_eq!(progress.admit(f64::from(number), false, start), Admission::Send);
        }
        assert_eq!(progress.admit(32.0, false, start), Admission::Hold);
        progress.hold("32".into(), start);
        assert_eq!(progress.admit(33.0, false, start + INTERVAL), Admission::Send);
        assert_eq!(progress.take_last(), None);
    }
}
