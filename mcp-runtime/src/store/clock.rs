//! The clock that decides about expiry.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::clock;

/// The clock of a store.
#[derive(Clone, Debug)]
pub(super) enum Clock {
    System,
    /// A clock that tests set.
    #[cfg(test)]
    Manual(std::sync::Arc<std::sync::atomic::AtomicU64>),
}

impl Clock {
    /// Milliseconds since 1970.
    pub(super) fn now(&self) -> u64 {
        match self {
            Self::System => millis(clock::system_time()),
            #[cfg(test)]
            Self::Manual(millis) => millis.load(std::sync::atomic::Ordering::SeqCst),
        }
    }
}

/// Expiry of what never expires.
pub(super) const NEVER: u64 = u64::MAX;

/// Milliseconds since 1970; [`NEVER`] for `None`.
pub(super) fn expiry(expires: Option<SystemTime>) -> u64 {
    expires.map_or(NEVER, millis)
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(NEVER)
}
