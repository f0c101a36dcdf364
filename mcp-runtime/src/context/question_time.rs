//! The time that the client takes for the questions of a request. It does not count for time limits.

use std::time::Duration;

use crate::clock::Instant;

/// Time for which at least one question was open.
#[derive(Debug, Default)]
pub(crate) struct QuestionTime {
    open: usize,
    /// The time at which the first of the open ones was sent.
    since: Option<Instant>,
    total: Duration,
}

impl QuestionTime {
    /// Records that a question was sent.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.open += 1;
        self.since.get_or_insert(now);
    }

    /// Records that a question was answered or withdrawn.
    pub(crate) fn end(&mut self, now: Instant) {
        self.open = self.open.saturating_sub(1);
        if self.open == 0
            && let Some(since) = self.since.take()
        {
            self.total += now.saturating_duration_since(since);
        }
    }

    /// The time until now; `None` while a question is open.
    pub(crate) fn total(&self) -> Option<Duration> {
        (self.open == 0).then_some(self.total)
    }
}
