//! The time budget of the poll by which the reader starts a handler.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

/// Duration beyond which a first poll is slow.
const SLOW: Duration = Duration::from_millis(1);
/// Duration beyond which a first poll exceeds the budget at once.
const VERY_SLOW: Duration = Duration::from_millis(100);
/// Balance at which the budget is exceeded.
const EXCEEDED: u8 = 8;
/// Charge for a slow poll. A quick one takes 1 off.
const CHARGE: u8 = 5;

/// Budget for the first polls of a component's handlers.
///
/// One slow poll may be a page fault or a busy machine, so two of them close together exceed the
/// budget. It stays exceeded, and later calls are not timed. While a first poll blocks a thread that
/// has been replaced, the budget is exceeded too.
#[derive(Debug, Default)]
pub(crate) struct PollBudget {
    balance: AtomicU8,
    /// `true` while a first poll runs.
    is_polling: AtomicBool,
}

impl PollBudget {
    /// `true` if handlers of the component are to be polled on the runtime only.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.balance.load(Ordering::Relaxed) >= EXCEEDED || self.is_polling.load(Ordering::Relaxed)
    }

    /// Records the beginning of a first poll.
    pub(crate) fn begin(&self) {
        self.is_polling.store(true, Ordering::Relaxed);
    }

    /// Records the end of a first poll and its duration.
    pub(crate) fn end(&self, duration: Duration) {
        self.is_polling.store(false, Ordering::Relaxed);
        let balance = self.balance.load(Ordering::Relaxed);
        let next = match duration {
            _ if duration > VERY_SLOW => EXCEEDED,
            _ if duration > SLOW => balance.saturating_add(CHARGE),
            _ if balance == 0 => return,
            _ => balance - 1,
        };
        self.balance.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(milliseconds: &[u64], expected: bool) {
        let budget = PollBudget::default();
        for duration in milliseconds {
            budget.begin();
            assert!(budget.is_exceeded(), "nothing else polls first meanwhile");
            budget.end(Duration::from_millis(*duration));
        }
        assert_eq!(budget.is_exceeded(), expected, "{milliseconds:?}");
    }

    #[test]
    fn one_slow_poll_is_no_excess() {
        check(&[], false);
        check(&[20], false);
        check(&[20, 0, 0, 0, 0, 0, 20], false);
        check(&[20, 20], true);
        check(&[20, 0, 20], true);
        check(&[200], true);
    }
}
