//! Lifespans of a server: what is opened before it serves, and closed afterwards.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Mutex, oneshot};
use tokio::task::{JoinError, JoinHandle};

use super::cancellation::Cancellation;
use super::state::{Slot, State};

/// Outcome of a lifespan.
pub(crate) type LifespanOutcome = Result<(), Box<dyn Error + Send + Sync>>;

type LifespanFuture = Pin<Box<dyn Future<Output = LifespanOutcome> + Send>>;

/// The time in which a server serves. See [`Server::lifespan`](crate::Server::lifespan).
pub struct Serving<T> {
    slot: Slot<T>,
    opened: oneshot::Sender<()>,
    ended: Cancellation,
}

impl<T: Send + Sync + 'static> Serving<T> {
    /// Gives a value to all handlers, as [`Server::state`](crate::Server::state) does, and waits until the server
    /// serves no more and its handlers have ended.
    pub async fn with(self, value: T) {
        // Nothing else sets it.
        let _ = self.slot.set(State::new(value));
        // The receiver waits, unless the runtime ends.
        let _ = self.opened.send(());
        self.ended.cancelled().await;
    }
}

impl<T> fmt::Debug for Serving<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Serving")
    }
}

/// A lifespan that has not begun.
pub(crate) struct Lifespan(
    Box<dyn FnOnce(oneshot::Sender<()>, Cancellation) -> LifespanFuture + Send>,
);

impl Lifespan {
    pub(crate) fn new<T, F, Running>(slot: Slot<T>, lifespan: F) -> Self
    where
        T: Send + Sync + 'static,
        F: FnOnce(Serving<T>) -> Running + Send + 'static,
        Running: Future<Output = LifespanOutcome> + Send + 'static,
    {
        Self(Box::new(move |opened, ended| {
            Box::pin(async move { lifespan(Serving { slot, opened, ended }).await })
        }))
    }

    /// Runs it until the server may serve.
    async fn open(self) -> Result<OpenLifespan, String> {
        let (opened, is_open) = oneshot::channel();
        let end = Cancellation::default();
        let task = tokio::spawn((self.0)(opened, end.clone()));
        match is_open.await {
            Ok(()) => Ok(OpenLifespan { end, task }),
            Err(_) => Err(failure(task.await)
                .unwrap_or_else(|| "it has ended without a call of `Serving::with`".to_owned())),
        }
    }
}

/// A lifespan of a server that serves.
struct OpenLifespan {
    end: Cancellation,
    task: JoinHandle<LifespanOutcome>,
}

/// Lifespans of a server that serves, in the order in which they were opened. Dropping them closes them, the
/// last one first.
#[derive(Default)]
struct OpenLifespans(Vec<OpenLifespan>);

impl OpenLifespans {
    /// Closes them, and returns the first failure.
    async fn close(mut self) -> Result<(), String> {
        close_all(std::mem::take(&mut self.0)).await
    }
}

impl Drop for OpenLifespans {
    fn drop(&mut self) {
        let open = std::mem::take(&mut self.0);
        if open.is_empty() {
            return;
        }
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(close_all(open))),
            // Their tasks have ended with the runtime, or end in any order.
            Err(_) => open.iter().for_each(|lifespan| lifespan.end.cancel()),
        }
    }
}

async fn close_all(open: Vec<OpenLifespan>) -> Result<(), String> {
    let mut outcome = Ok(());
    for OpenLifespan { end, task } in open.into_iter().rev() {
        end.cancel();
        if let Some(failure) = failure(task.await) {
            tracing::error!(failure, "a lifespan of the server failed to close");
            outcome = outcome.and(Err(failure));
        }
    }
    outcome
}

/// The failure of a lifespan with its causes.
fn failure(ended: Result<LifespanOutcome, JoinError>) -> Option<String> {
    match ended {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            let mut text = error.to_string();
            let mut source = error.source();
            while let Some(cause) = source {
                text.push_str(&format!(": caused by {cause}"));
                source = cause.source();
            }
            Some(text)
        }
        Err(error) => Some(match error.is_panic() {
            true => "it panicked".to_owned(),
            false => "the runtime has ended".to_owned(),
        }),
    }
}

/// All lifespans of a server, its own and those of mounted ones.
pub(crate) struct Lifespans {
    is_open: AtomicBool,
    phase: Mutex<Phase>,
}

enum Phase {
    Pending(Vec<Lifespan>),
    Open(OpenLifespans),
    Failed(String),
    Closed,
}

impl Lifespans {
    pub(crate) fn new(lifespans: Vec<Lifespan>) -> Arc<Self> {
        let is_open = AtomicBool::new(lifespans.is_empty());
        Arc::new(Self { is_open, phase: Mutex::new(Phase::Pending(lifespans)) })
    }

    /// Returns `true` if the server may serve.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Opens them in order, once. If one fails, those before it are closed.
    ///
    /// # Cancel safety
    /// They are opened even if the future is dropped.
    ///
    /// # Errors
    /// The failure, also for later calls.
    pub(crate) async fn open(self: &Arc<Self>) -> Result<(), String> {
        if self.is_open() {
            return Ok(());
        }
        let Ok(runtime) = Handle::try_current() else {
            return Err("it needs a runtime of tokio, in which it runs".to_owned());
        };
        let opening = runtime.spawn(Arc::clone(self).open_all());
        opening.await.unwrap_or_else(|_| Err("the runtime has ended".to_owned()))
    }

    async fn open_all(self: Arc<Self>) -> Result<(), String> {
        let mut phase = self.phase.lock().await;
        let pending = match &mut *phase {
            Phase::Pending(pending) => std::mem::take(pending),
            Phase::Open(_) => return Ok(()),
            Phase::Failed(failure) => return Err(failure.clone()),
            Phase::Closed => return Err("the server has ended".to_owned()),
        };
        let mut open = OpenLifespans::default();
        for lifespan in pending {
            match lifespan.open().await {
                Ok(lifespan) => open.0.push(lifespan),
                Err(failure) => {
                    tracing::error!(failure, "a lifespan of the server failed to open");
                    *phase = Phase::Failed(failure.clone());
                    // Its failure is logged, and the first one is returned.
                    let _ = open.close().await;
                    return Err(failure);
                }
            }
        }
        *phase = Phase::Open(open);
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }

    /// Closes them, the last one first.
    ///
    /// # Errors
    /// The first failure.
    pub(crate) async fn close(&self) -> Result<(), String> {
        let phase = std::mem::replace(&mut *self.phase.lock().await, Phase::Closed);
        match phase {
            Phase::Open(open) => open.close().await,
            Phase::Pending(_) | Phase::Failed(_) | Phase::Closed => Ok(()),
        }
    }
}
