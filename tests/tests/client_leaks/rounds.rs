//! A thousand rounds of one kind, counted.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};

use crate::held::Held;

/// After how many rounds what is held is counted for the first time.
const WARMING: usize = 60;
const ROUNDS: usize = 1000;
/// How many go on at once.
const AT_ONCE: usize = 4;

/// One at a time: what is counted is held by the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// A runtime whose time passes when everybody waits. It is for rounds that need nothing of the
/// system, for which it would not wait.
pub(crate) fn without_time() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// A runtime of two threads.
pub(crate) fn with_time() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a thousand rounds, each with its number, and fails if any of them leaves anything behind.
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

/// Runs rounds, some at once.
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
        // What a round panicked with has been written by now.
        runner.await.expect("a round failed");
    }
}
