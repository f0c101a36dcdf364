//! The clocks and the timers: those of tokio, and in a JavaScript host those of the host.
//!
//! On `wasm32-unknown-unknown`, `Instant::now` and `SystemTime::now` panic, and a runtime of tokio has no
//! timers.

use std::time::SystemTime;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) use tokio::time::{
    Instant, MissedTickBehavior, Sleep, interval, sleep, sleep_until, timeout,
};
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) use wasmtimer::{
    std::Instant,
    tokio::{MissedTickBehavior, Sleep, interval, sleep, sleep_until, timeout},
};

/// The time of day.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(crate) fn system_time() -> SystemTime {
    SystemTime::now()
}

/// The time of day.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
pub(crate) fn system_time() -> SystemTime {
    use wasmtimer::std::{SystemTime as HostTime, UNIX_EPOCH};

    let since = HostTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + since
}
