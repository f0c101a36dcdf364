//! State of the shutdown of a service, as its requests see it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::watch;

use crate::context::cancellation::Cancellation;

/// State of the shutdown of a service.
pub(super) struct Shutdown {
    /// Set when the server is about to shut down, and still serves.
    pub(super) draining: Cancellation,
    pub(super) begun: Cancellation,
    /// Set when the requests in flight have to end.
    pub(super) expired: Cancellation,
    /// Set when everything has ended.
    pub(super) done: Cancellation,
    /// Number of modern requests whose handler has not returned at its first poll.
    waiting: watch::Sender<usize>,
}

impl Default for Shutdown {
    fn default() -> Self {
        let [draining, begun, expired, done] = std::array::from_fn(|_| Cancellation::default());
        Self { draining, begun, expired, done, waiting: watch::Sender::new(0) }
    }
}

impl Shutdown {
    /// `true` if no more requests are served.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.is_cancelled()
    }

    /// `true` if the server takes no further requests, or is about to.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.is_cancelled() || self.has_begun()
    }

    /// Waits until no modern request is in flight.
    pub(super) async fn idle(&self) {
        // The sender lives as long as `self`.
        let _ = self.waiting.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// The part of a modern request in the shutdown of its service. It costs nothing if the handler returns at
/// its first poll.
pub(super) struct Waiting {
    shutdown: Arc<Shutdown>,
    expired: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Waiting {
    pub(super) fn new(shutdown: &Arc<Shutdown>) -> Self {
        Self { shutdown: Arc::clone(shutdown), expired: None }
    }

    /// Waits until the request has to end.
    pub(super) fn poll_expired(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let shutdown = &self.shutdown;
        let expired = self.expired.get_or_insert_with(|| {
            shutdown.waiting.send_modify(|count| *count += 1);
            let expired = shutdown.expired.clone();
            Box::pin(async move { expired.cancelled().await })
        });
        expired.as_mut().poll(cx)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.expired.is_some() {
            self.shutdown.waiting.send_modify(|count| *count -= 1);
        }
    }
}
