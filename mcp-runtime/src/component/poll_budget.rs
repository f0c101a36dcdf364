//! The time budget of the poll by which the reader starts a handler.

use std::sync::atomic::{AtomicU8, Ordering};
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
/// budget. It stays exceeded, and later calls are not timed.
#[derive(Debug, Default)]
pub(crate) struct PollBudget(AtomicU8);

impl PollBudget {
    /// `true` if handlers of the component are to be polled on the runtime only.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= EXCEEDED
    }

    /// Records the duration of a first poll.
    pub(crate) fn record(&self, duration: Duration) {
        let balance = self.0.load(Ordering::Relaxed);
        let next = match duration {
            _ if duration > VERY_SLOW => EXCEEDED,
            _ if duration > SLOW => balance.saturating_add(CHARGE),
            _ if balance == 0 => return,
            _ => balance - 1,
        };
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(milliseconds: &[u64], expected: bool) {
        let budget = PollBudget::default();
        for duration in milliseconds {
            budget.record(Duration::from_millis(*duration));
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
