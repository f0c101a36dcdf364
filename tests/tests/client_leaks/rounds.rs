//! Runs a thousand rounds of one kind and checks for leaks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::held::Held;

/// Number of warm-up rounds before the first measurement.
const WARMING: usize = 60;
const ROUNDS: usize = 1000;
/// Number of concurrent rounds.
const AT_ONCE: usize = 4;

/// One test at a time, because the whole process is measured.
static ALONE: Mutex<()> = Mutex::new(());

/// A runtime with paused time, which advances when all tasks wait. Only for rounds without I/O of
/// the system, for which it would not wait.
pub(crate) fn without_time() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// A runtime with two threads and real time.
pub(crate) fn with_time() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a thousand numbered rounds, and fails if any of them leaks.
pub(crate) fn leave_nothing<F>(runtime: fn() -> Runtime, round: fn(usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    runtime().block_on(async {
        run(1, round).await;
        let idle = Held::now();
        run(WARMING, round).await;
        idle.is_reached().await;
        let before = Held::now();
        run(ROUNDS, round).await;
        before.is_reached_with_memory().await;
    });
}

/// Runs rounds, some of them concurrently.
async fn run<F>(rounds: usize, round: fn(usize) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let runners: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let next = Arc::clone(&next);
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= rounds {
                        return;
                    }
                    round(number).await;
                }
            })
        })
        .collect();
    for runner in runners {
        // The panic message of a round is already printed.
        runner.await.expect("a round failed");
    }
}
