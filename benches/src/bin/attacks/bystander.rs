//! A client beside the attack, whose answers are timed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Result;
use crate::server::Server;
use crate::wire::count_running;

/// Pause between two calls.
const PAUSE: Duration = Duration::from_millis(10);

/// A client that makes one call after another, on a new connection each.
pub(crate) struct Bystander {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Result<Calls>>,
}

/// The calls of a [`Bystander`].
#[derive(Debug, Default)]
pub(crate) struct Calls {
    pub(crate) answered: u32,
    /// Calls that the server had no room for.
    pub(crate) refused: u32,
    /// Longest time until a call was answered.
    pub(crate) slowest: Duration,
}

impl Bystander {
    pub(crate) fn start(server: &Server) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, address) = (Arc::clone(&stop), server.address.clone());
        let task = tokio::spawn(async move {
            let mut calls = Calls::default();
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                match count_running(&address).await? {
                    Some(_) => calls.answered += 1,
                    None => calls.refused += 1,
                }
                calls.slowest = calls.slowest.max(start.elapsed());
                sleep(PAUSE).await;
            }
            Ok(calls)
        });
        Self { stop, task }
    }

    /// Ends the client. Fails if a call was neither answered nor refused.
    pub(crate) async fn stop(self) -> Result<Calls> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await?
    }
}
