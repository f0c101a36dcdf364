//! Rate limit for the log messages of a request.
//!
//! Specification: [Logging](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/logging#implementation-considerations).

use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::protocol::LoggingLevel;
use mcp_core::revision::notification;

use crate::clock::Instant;
use crate::context::rate::RateLimiter;

/// Maximum number of messages in a row.
const BURST: u32 = 100;

/// Time after which one more message may follow.
const INTERVAL: Duration = Duration::from_millis(20);

/// Rate limit for the log messages of one request. Failures have a limit of their own, so that details
/// do not displace them.
#[derive(Debug)]
pub(crate) struct LogLimit {
    details: RateLimiter,
    failures: RateLimiter,
    /// `true` once the client has been notified of omitted messages.
    has_reported_loss: bool,
}

impl Default for LogLimit {
    fn default() -> Self {
        let limit = || RateLimiter::new(BURST, INTERVAL);
        Self { details: limit(), failures: limit(), has_reported_loss: false }
    }
}

impl LogLimit {
    /// Returns `true` if a message is to be sent.
    pub(crate) fn admits(&mut self, level: LoggingLevel, now: Instant) -> bool {
        let limit =
            if level < LoggingLevel::Error { &mut self.details } else { &mut self.failures };
        limit.try_acquire(now)
    }

    /// Returns the notice that messages are omitted, once, if the client requests its level.
    pub(crate) fn notice(&mut self, threshold: LoggingLevel) -> Option<Vec<u8>> {
        let was_reported = std::mem::replace(&mut self.has_reported_loss, true);
        if was_reported || threshold > LoggingLevel::Warning {
            return None;
        }
        Some(notification(Method::LogMessage.as_str(), |params| {
            params.value("level", &LoggingLevel::Warning);
            params.value("data", "log messages come too fast, and some are left out");
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_details_leaves_room_for_failures() {
        let (mut limit, now) = (LogLimit::default(), Instant::now());
        let mut count = |level| (0..1000).filter(|_| limit.admits(level, now)).count();
        assert_eq!(count(LoggingLevel::Debug), 100);
        assert_eq!(count(LoggingLevel::Warning), 0);
        assert_eq!(count(LoggingLevel::Error), 100);
        let later = now + Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| limit.admits(LoggingLevel::Info, later)).count(), 50);
    }

    #[test]
    fn omissions_are_reported_once() {
        let mut limit = LogLimit::default();
        assert!(limit.notice(LoggingLevel::Debug).is_some());
        assert!(limit.notice(LoggingLevel::Debug).is_none());
        assert!(LogLimit::default().notice(LoggingLevel::Error).is_none());
    }
}
