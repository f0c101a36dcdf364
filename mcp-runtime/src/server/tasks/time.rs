//! Times of tasks: milliseconds since 1970, and their form on the wire.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock;

/// The time now, in milliseconds since 1970.
pub(super) fn now() -> u64 {
    clock::system_time().duration_since(UNIX_EPOCH).map_or(0, milliseconds)
}

/// A duration in milliseconds.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time for the store.
pub(super) fn system_time(milliseconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds))
}
