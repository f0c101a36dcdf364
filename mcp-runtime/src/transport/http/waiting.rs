//! How long a connection waits for the head of a request.
//!
//! hyper says when it begins to wait and asks whether it has waited long enough. Between two
//! requests a connection may be silent for long; once a request has begun, its head has to arrive
//! soon. So what counts is when its first byte came.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// How long a connection may be silent between two requests: longer than clients keep one to use
/// it again, so that they do not use one that is just being closed.
const SILENCE: Duration = Duration::from_secs(100);

/// What is known of a connection's wait for a head.
#[derive(Clone, Debug)]
pub(super) struct Waiting(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    header_timeout: Duration,
    /// Since when hyper waits, if it does.
    since: Option<Instant>,
    /// When the first byte of the head came.
    begun: Option<Instant>,
    /// Whether there was a request before.
    used: bool,
}

impl Waiting {
    pub(super) fn new(header_timeout: Duration) -> Self {
        let state = State { header_timeout, since: None, begun: None, used: false };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have come.
    pub(super) fn received(&self) {
        let mut state = self.state();
        if state.since.is_some() && state.begun.is_none() {
            state.begun = Some(now());
        }
    }

    /// When the wait will have been too long; `None` if there is no wait.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let since = state.since?;
        // A time-out that is too long to count is none.
        match state.begun {
            Some(begun) => begun.checked_add(state.header_timeout),
            None if state.used => since.checked_add(SILENCE),
            None => since.checked_add(state.header_timeout),
        }
    }
}

/// The clock of the runtime, which tests can stop.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Timer for Waiting {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Sleep>> {
        self.begin()
    }

    fn sleep_until(&self, _: Instant) -> Pin<Box<dyn Sleep>> {
        self.begin()
    }

    fn now(&self) -> Instant {
        now()
    }
}

impl Waiting {
    fn begin(&self) -> Pin<Box<dyn Sleep>> {
        let mut state = self.state();
        state.since = Some(now());
        state.begun = None;
        drop(state);
        Box::pin(Wait(self.clone()))
    }
}

/// The wait for one head. It does not wake anybody: the connection looks at the deadline itself,
/// so that no timer is set and unset for every request.
struct Wait(Waiting);

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0.deadline() {
            Some(deadline) if now() >= deadline => Poll::Ready(()),
            _ => Poll::Pending,
        }
    }
}

impl Sleep for Wait {}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.since = None;
        state.used = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_may_be_as_long_as_can_be() {
        let waiting = Waiting::new(Duration::MAX);
        let _wait = waiting.begin();
        assert_eq!(waiting.deadline(), None);
        waiting.received();
        assert_eq!(waiting.deadline(), None);
    }
}
