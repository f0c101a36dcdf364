//! Pauses between restarts of a server.

use std::time::Duration;

use tokio::time::Instant;

/// Time after which a restart counts as the first one again.
const RESET_AFTER: Duration = Duration::from_secs(30);

/// Number of doublings of the pause.
const MAX_DOUBLINGS: u32 = 7;

/// The pauses before restarts in a row: a server that ends as soon as it starts is not restarted
/// without pause.
#[derive(Default)]
pub(super) struct RestartBackoff {
    last: Option<Instant>,
    in_a_row: u32,
}

impl RestartBackoff {
    /// Returns the pause before the restart that happens now.
    pub(super) fn pause(&mut self) -> Duration {
        let is_first = self.last.is_none_or(|last| last.elapsed() > RESET_AFTER);
        self.in_a_row = if is_first { 0 } else { (self.in_a_row + 1).min(MAX_DOUBLINGS) };
        self.last = Some(Instant::now());
        if is_first { Duration::ZERO } else { Duration::from_millis(50 << self.in_a_row) }
    }
}
