//! Locks, atomic values, threads and tasks of the types whose interleavings are tested.
//!
//! They are those of the standard library and of tokio. With `--cfg shuttle` they are those of shuttle, which
//! tries many interleavings of the modules named `models`: `cargo xtask full models`.

#[cfg(not(shuttle))]
pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
#[cfg(not(shuttle))]
pub(crate) use std::thread;
#[cfg(not(shuttle))]
pub(crate) use tokio::{spawn, task::AbortHandle};

#[cfg(shuttle)]
pub(crate) use shuttle::{
    future::{AbortHandle, spawn},
    sync::{Mutex, MutexGuard, atomic},
    thread,
};

/// Tries interleavings of a model: at random, and with few preemptions, which finds other faults.
#[cfg(all(test, shuttle))]
pub(crate) fn check<F: Future<Output = ()> + 'static>(
    model: impl Fn() -> F + Send + Sync + 'static,
) {
    const ITERATIONS: usize = 1000;
    const PREEMPTIONS: usize = 3;
    let model = std::sync::Arc::new(model);
    let random = std::sync::Arc::clone(&model);
    shuttle::check_random(move || shuttle::future::block_on(random()), ITERATIONS);
    shuttle::check_pct(move || shuttle::future::block_on(model()), ITERATIONS, PREEMPTIONS);
}
