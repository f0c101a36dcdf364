//! Which tools compute so long before they first wait that the reader should not poll them.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// Longer than this is slow.
const SLOW: Duration = Duration::from_millis(1);
/// Longer than this is no accident.
const VERY_SLOW: Duration = Duration::from_millis(100);
/// The account at which a tool is taken for slow.
const FULL: u8 = 8;
/// What a slow poll puts on the account; a quick one takes 1 off.
const STRIKE: u8 = 5;

/// An account of how long the first polls of a tool have taken.
///
/// One slow poll may be a page fault or a busy machine, so two of them close together are what
/// makes a tool slow. It stays slow: its calls are no longer timed.
#[derive(Debug, Default)]
pub(crate) struct FirstPolls(AtomicU8);

impl FirstPolls {
    /// Whether the tool is to be polled on the runtime only.
    pub(crate) fn are_slow(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= FULL
    }

    /// Enters a first poll.
    pub(crate) fn note(&self, took: Duration) {
        let account = self.0.load(Ordering::Relaxed);
        let next = match took {
            _ if took > VERY_SLOW => FULL,
            _ if took > SLOW => account.saturating_add(STRIKE),
            _ if account == 0 => return,
            _ => account - 1,
        };
        self.0.store(next, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(milliseconds: &[u64], expected: bool) {
        let polls = FirstPolls::default();
        for took in milliseconds {
            polls.note(Duration::from_millis(*took));
        }
        assert_eq!(polls.are_slow(), expected, "{milliseconds:?}");
    }

    #[test]
    fn one_accident_is_forgiven() {
        check(&[], false);
        check(&[20], false);
        check(&[20, 0, 0, 0, 0, 0, 20], false);
        check(&[20, 20], true);
        check(&[20, 0, 20], true);
        check(&[200], true);
    }
}
