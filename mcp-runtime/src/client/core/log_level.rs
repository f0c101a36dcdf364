//! The log level that was set last.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mcp_core::protocol::LoggingLevel;

use super::Core;

/// Longest time in which a session may change its log level while a call waits for it.
pub(crate) const LOG_LEVEL_TIMEOUT: Duration = Duration::from_secs(5);

impl Core {
    /// Returns the log level that was set last.
    pub(crate) fn log_level(&self) -> Option<LoggingLevel> {
        let stored = self.log_level.load(Ordering::Relaxed).checked_sub(1)?;
        LoggingLevel::ALL.into_iter().find(|level| *level as u32 == stored)
    }

    pub(crate) fn set_log_level(&self, level: LoggingLevel) {
        self.log_level.store(level as u32 + 1, Ordering::Relaxed);
    }
}
