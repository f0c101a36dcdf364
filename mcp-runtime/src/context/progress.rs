//! Progress of a request: a rate limit for its notifications, and heartbeats while there are none. Of those
//! that come too fast, the last one is held back until it may be sent.

use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::revision::notification;
use serde::Serialize;

use crate::clock::Instant;
use crate::context::rate::RateLimiter;

/// Maximum number of notifications in a row.
const BURST: u32 = 32;

/// Time after which one more notification may follow.
const INTERVAL: Duration = Duration::from_millis(32);

/// Share of the way to the next whole step, or to the total, by which a heartbeat increases the value. So
/// thousands of them stay below what the handler reports next.
const HEARTBEAT_STEP: f64 = 1e-6;

/// One report of a handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'a> {
    /// The token of the request, as JSON.
    pub(crate) token: &'a str,
    pub(crate) done: f64,
    /// 0 if it is unknown.
    pub(crate) total: f64,
    /// Empty for none.
    pub(crate) message: &'a str,
}

impl Report<'_> {
    /// Returns `true` if it is the end of the work.
    fn ends(&self) -> bool {
        self.total > 0.0 && self.done >= self.total
    }

    /// The notification to the client.
    pub(crate) fn to_notification(self) -> Vec<u8> {
        notification(Method::Progress.as_str(), |params| {
            params.raw("progressToken", self.token);
            params.value("progress", &Number(self.done));
            if self.total.is_finite() && self.total > 0.0 {
                params.value("total", &Number(self.total));
            }
            if !self.message.is_empty() {
                params.value("message", self.message);
            }
        })
    }
}

/// A number written without a fraction if it is an integer, as clients expect of counts.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const SAFE: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < SAFE {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

/// Progress of one request.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Value of the last notification: it must increase from one to the next.
    last: Option<f64>,
    rate: RateLimiter,
    held: Option<HeldProgress>,
    heartbeat: Option<Heartbeat>,
}

/// Notifications while the handler sends none, so that its client goes on waiting.
#[derive(Debug)]
struct Heartbeat {
    interval: Duration,
    due: Instant,
    token: Box<str>,
    /// Total and message of the last report, which are repeated.
    total: f64,
    message: String,
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
        Self { last: None, rate: RateLimiter::new(BURST, INTERVAL), held: None, heartbeat: None }
    }
}

impl Progress {
    /// Decides about a notification and records its value. The end of the work is exempt from the
    /// rate limit.
    pub(crate) fn admit(&mut self, report: &Report<'_>, now: Instant) -> Admission {
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.total = report.total;
            report.message.clone_into(&mut heartbeat.message);
        }
        if !report.done.is_finite() || self.last.is_some_and(|last| report.done <= last) {
            return Admission::Drop;
        }
        self.last = Some(report.done);
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.due = now + heartbeat.interval;
        }
        if self.rate.try_acquire(now) || report.ends() {
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

    /// Begins to send a notification after each interval without one.
    pub(crate) fn beat(&mut self, token: &str, interval: Duration, now: Instant) {
        self.heartbeat = Some(Heartbeat {
            interval,
            due: now + interval,
            token: token.into(),
            total: 0.0,
            message: String::new(),
        });
    }

    /// The time at which the notification that is held back may be sent, or else that of the next heartbeat.
    pub(crate) fn due(&self) -> Option<Instant> {
        let held = self.held.as_ref().map(|held| held.due);
        held.or_else(|| self.heartbeat.as_ref().map(|heartbeat| heartbeat.due))
    }

    /// Takes the notification that is held back, or the next heartbeat, if it may be sent now.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Vec<u8>> {
        if self.held.is_none() {
            return self.take_heartbeat(now);
        }
        let held = self.held.take_if(|held| held.due <= now)?;
        self.rate.try_acquire(now);
        if let Some(heartbeat) = &mut self.heartbeat {
            heartbeat.due = now + heartbeat.interval;
        }
        Some(held.message)
    }

    fn take_heartbeat(&mut self, now: Instant) -> Option<Vec<u8>> {
        let heartbeat = self.heartbeat.as_mut().filter(|heartbeat| heartbeat.due <= now)?;
        heartbeat.due = now + heartbeat.interval;
        let total = heartbeat.total;
        let done = match self.last {
            None => 0.0,
            // Between the last value and the total, as long as there is room.
            Some(last) if total > last => {
                let step = (total - last).min(last.abs().max(1.0)) * HEARTBEAT_STEP;
                last + step
            }
            Some(last) => last + last.abs().max(1.0) * HEARTBEAT_STEP,
        };
        self.last = Some(done);
        let Heartbeat { token, message, .. } = &*heartbeat;
        Some(Report { token, done, total, message }.to_notification())
    }

    /// Takes the notification that is held back, because the request ends.
    pub(crate) fn take_last(&mut self) -> Option<Vec<u8>> {
        self.held.take().map(|held| held.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(done: f64, total: f64) -> Report<'static> {
        Report { token: "1", done, total, message: "" }
    }

    /// Counts how many of `count` notifications, `apart` from each other, are sent at once.
    fn check(count: u32, apart: Duration, expected: u32) {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let sent = (0..count).filter(|&number| {
            let now = start + apart * number;
            let total = f64::from(count) - 1.0;
            progress.admit(&report(f64::from(number), total), now) == Admission::Send
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
        assert_eq!(progress.admit(&report(2.0, 0.0), now), Admission::Send);
        assert_eq!(progress.admit(&report(2.0, 0.0), now), Admission::Drop);
        assert_eq!(progress.admit(&report(1.0, 1.0), now), Admission::Drop);
        assert_eq!(progress.admit(&report(f64::NAN, 0.0), now), Admission::Drop);
        assert_eq!(progress.admit(&report(3.0, 0.0), now), Admission::Send);
    }

    #[test]
    fn the_last_of_a_burst_is_held_back() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        for number in 0..1000_u16 {
            if progress.admit(&report(number.into(), 0.0), start) == Admission::Hold {
                progress.hold(number.to_string().into(), start);
            }
        }
        assert_eq!(progress.due(), Some(start + INTERVAL));
        assert_eq!(progress.take_due(start), None);
        let later = start + INTERVAL;
        assert_eq!(progress.take_due(later), Some("999".into()));
        // It counts for the limit.
        assert_eq!(progress.admit(&report(1000.0, 0.0), later), Admission::Hold);
        progress.hold("1000".into(), later);
        assert_eq!(progress.due(), Some(later + INTERVAL));
        assert_eq!(progress.take_last(), Some("1000".into()));
        assert_eq!(progress.due(), None);
    }

    #[test]
    fn a_notification_that_is_sent_replaces_the_one_held_back() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        for number in 0..32 {
            assert_eq!(progress.admit(&report(f64::from(number), 0.0), start), Admission::Send);
        }
        assert_eq!(progress.admit(&report(32.0, 0.0), start), Admission::Hold);
        progress.hold("32".into(), start);
        assert_eq!(progress.admit(&report(33.0, 0.0), start + INTERVAL), Admission::Send);
        assert_eq!(progress.take_last(), None);
    }

    /// The values of the heartbeats that are due until a time.
    fn beats(progress: &mut Progress, until: Instant) -> Vec<f64> {
        let mut values = Vec::new();
        while let Some(due) = progress.due().filter(|due| *due <= until) {
            let message = String::from_utf8(progress.take_due(due).unwrap()).unwrap();
            let message: serde_json::Value = serde_json::from_str(&message).unwrap();
            values.push(message["params"]["progress"].as_f64().unwrap());
        }
        values
    }

    #[test]
    fn heartbeats_fill_the_silence_and_stay_below_the_next_report() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let (second, day) = (Duration::from_secs(1), Duration::from_secs(86_400));
        assert_eq!(progress.due(), None);
        progress.beat("1", second, start);
        assert_eq!(progress.take_due(start), None);
        assert_eq!(beats(&mut progress, start + second), [0.0]);
        let later = start + second + second / 2;
        assert_eq!(progress.admit(&report(1.0, 3.0), later), Admission::Send);
        // The report counts as a notification of its own.
        assert_eq!(beats(&mut progress, later + second / 2), [0.0; 0]);
        let values = beats(&mut progress, later + day);
        assert_eq!(values.len(), 86_400);
        assert!(values.is_sorted_by(|one, next| one < next));
        assert!(values[0] > 1.0 && values[86_399] < 2.0, "{}", values[86_399]);
        assert_eq!(progress.admit(&report(2.0, 3.0), later + day), Admission::Send);
        // After the total it goes on, because the client still waits.
        let end = later + day + second / 2;
        assert_eq!(progress.admit(&report(3.0, 3.0), end), Admission::Send);
        assert!(beats(&mut progress, end + second)[0] > 3.0);
    }
}
