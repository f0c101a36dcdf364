//! Settings of a tool that runs as a task.

use std::time::Duration;

/// Time for which a task is kept by default, from its start.
const TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Interval at which clients look by default.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Number of times by default that a task is started without a step forward.
const ATTEMPTS: u32 = 5;

/// Settings of a tool that runs as a task.
#[derive(Clone, Copy, Debug)]
pub struct TaskSettings {
    /// `true` if the tool runs as a task only.
    pub(crate) is_required: bool,
    /// Time for which a task is kept, from its start; `None` for no end.
    pub(crate) ttl: Option<Duration>,
    /// Interval at which clients look.
    pub(crate) poll_interval: Duration,
    /// Number of times that a task is started without a step forward.
    pub(crate) attempts: u32,
}

impl TaskSettings {
    /// Creates the default settings of a tool that always runs as a task, or for clients that support
    /// tasks.
    pub fn new(is_required: bool) -> Self {
        Self { is_required, ttl: Some(TTL), poll_interval: POLL_INTERVAL, attempts: ATTEMPTS }
    }

    /// Sets the time for which a task is kept, in milliseconds from its start.
    #[must_use]
    pub fn ttl(mut self, milliseconds: Option<u64>) -> Self {
        self.ttl = milliseconds.map(Duration::from_millis);
        self
    }

    /// Sets the interval at which clients look, in milliseconds.
    #[must_use]
    pub fn poll_interval(mut self, milliseconds: u64) -> Self {
        self.poll_interval = Duration::from_millis(milliseconds.max(1));
        self
    }

    /// Sets the number of times that a task is started without a step forward.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }
}
