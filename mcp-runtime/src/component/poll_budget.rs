//! The time budget of the poll by which a transport starts a handler.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Duration beyond which a first poll is slow.
const SLOW: Duration = Duration::from_millis(1);
/// Duration beyond which a first poll that has not returned counts as blocking.
const BLOCKING: Duration = Duration::from_millis(20);
/// Duration beyond which a first poll exceeds the budget at once.
const VERY_SLOW: Duration = Duration::from_millis(100);
/// Balance at which the budget is exceeded.
const EXCEEDED: u8 = 8;
/// Charge for a slow poll. A quick one takes 1 off.
const CHARGE: u8 = 5;

/// Start of the clock of all budgets.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Budget for the first polls of a component's handlers.
///
/// One slow poll may be a page fault or a busy machine, so two of them close together exceed the
/// budget. It stays exceeded. It is also exceeded while a first poll blocks its thread.
#[derive(Debug, Default)]
pub(crate) struct PollBudget {
    balance: AtomicU8,
    /// Time at which a first poll began that has not ended, in nanoseconds; zero if there is none.
    polling_since: AtomicU64,
}

impl PollBudget {
    /// `true` if handlers of the component are to be polled in tasks of their own.
    pub(crate) fn is_exceeded(&self) -> bool {
        self.balance.load(Ordering::Relaxed) >= EXCEEDED || self.is_blocked()
    }

    fn is_blocked(&self) -> bool {
        let since = self.polling_since.load(Ordering::Relaxed);
        since != 0 && nanoseconds(Instant::now()).saturating_sub(since) > BLOCKING.as_nanos() as u64
    }

    /// Makes a first poll. No other thread could poll in place of one that is slow.
    #[cfg(target_family = "wasm")]
    pub(crate) fn measure<R>(&self, poll: impl FnOnce() -> R) -> R {
        poll()
    }

    /// Measures a first poll.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn measure<R>(&self, poll: impl FnOnce() -> R) -> R {
        let started = Instant::now();
        // Of polls at the same time, one is watched.
        let is_watched = self.polling_since.load(Ordering::Relaxed) == 0;
        if is_watched {
            self.polling_since.store(nanoseconds(started), Ordering::Relaxed);
        }
        let polled = poll();
        if is_watched {
            self.polling_since.store(0, Ordering::Relaxed);
        }
        self.record(started.elapsed());
        polled
    }

    fn record(&self, duration: Duration) {
        let balance = self.balance.load(Ordering::Relaxed);
        let next = match duration {
            _ if balance >= EXCEEDED => return,
            _ if duration > VERY_SLOW => EXCEEDED,
            _ if duration > SLOW => balance + CHARGE,
            _ if balance == 0 => return,
            _ => balance - 1,
        };
        self.balance.store(next, Ordering::Relaxed);
    }
}

/// Time on the clock of all budgets; never zero.
fn nanoseconds(time: Instant) -> u64 {
    time.saturating_duration_since(*START).as_nanos() as u64 | 1
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
        check(&[200, 0, 0, 0, 0, 0, 0, 0, 0, 0], true);
    }

    #[test]
    fn a_poll_that_does_not_return_is_an_excess() {
        let budget = PollBudget::default();
        budget.measure(|| {
            let started = Instant::now();
            while started.elapsed() <= 2 * BLOCKING {
                std::thread::yield_now();
            }
            assert!(budget.is_exceeded());
        });
        assert!(!budget.is_blocked());
    }
}
