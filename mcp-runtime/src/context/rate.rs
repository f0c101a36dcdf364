//! Rate limit for messages.

use std::time::Duration;

use crate::clock::Instant;

/// Token bucket: a burst of messages, then one message per interval.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    burst: u32,
    interval: Duration,
    left: u32,
    /// Time of the last change of `left`.
    since: Option<Instant>,
}

impl RateLimiter {
    pub(crate) fn new(burst: u32, interval: Duration) -> Self {
        Self { burst, interval, left: burst, since: None }
    }

    /// Takes the token of one message. Returns `false` if none is left.
    pub(crate) fn try_acquire(&mut self, now: Instant) -> bool {
        self.refill(now);
        let has_room = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has_room
    }

    /// The time at which a token is left.
    pub(crate) fn next(&mut self, now: Instant) -> Instant {
        self.refill(now);
        match self.left {
            0 => self.since.unwrap_or(now) + self.interval,
            _ => now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since).as_millis() / self.interval.as_millis();
        let gained = u32::try_from(passed).unwrap_or(u32::MAX);
        if self.left.saturating_add(gained) >= self.burst {
            (self.left, self.since) = (self.burst, Some(now));
        } else {
            self.left += gained;
            self.since = Some(since + self.interval * gained);
        }
    }
}
