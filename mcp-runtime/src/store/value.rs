//! Values as a store keeps them.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;

use crate::clock;

/// Serializes a value. It may have no maps with keys that are not strings.
pub(crate) fn to_bytes(value: &impl Serialize) -> Bytes {
    // Such values do not fail.
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// Expiry of what is written now; `None`, for none, if it is too far away for a time.
pub(crate) fn expires_in(time: Duration) -> Option<SystemTime> {
    clock::system_time().checked_add(time)
}

/// Pauses between attempts to write while the store cannot be used.
pub(crate) fn pauses() -> impl Iterator<Item = Duration> {
    const LAST: u64 = 5000;
    [50, 100, 250, 1000].into_iter().chain(std::iter::repeat(LAST)).map(Duration::from_millis)
}
