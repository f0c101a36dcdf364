//! The time limit for the head of a request.
//!
//! hyper reports when it starts to wait, and asks for the end of the wait. Between two requests a
//! connection may be idle for long, but the head of a request has to arrive soon after its first
//! byte. So the limit counts from that byte.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Idle timeout of a connection between two requests. It is longer than that of most clients, so that
/// they do not reuse a connection that is just being closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(100);

/// Timer of a connection that waits for a head.
#[derive(Clone, Debug)]
pub(super) struct HeadTimer(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    header_timeout: Duration,
    /// Start of the wait of hyper, while it waits.
    since: Option<Instant>,
    /// Arrival of the first byte of the head.
    first_byte: Option<Instant>,
    /// `true` after the first request.
    used: bool,
}

impl HeadTimer {
    pub(super) fn new(header_timeout: Duration) -> Self {
        let state = State { header_timeout, since: None, first_byte: None, used: false };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that bytes have arrived.
    pub(super) fn received(&self) {
        let mut state = self.state();
        if state.since.is_some() && state.first_byte.is_none() {
            state.first_byte = Some(now());
        }
    }

    /// Start of the wait for a head; `None` while a request is served.
    pub(super) fn waiting_since(&self) -> Option<Instant> {
        self.state().since
    }

    /// End of the wait; `None` if there is no wait or no limit.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let state = self.state();
        let since = state.since?;
        // A timeout beyond the range of the clock is none.
        match state.first_byte {
            Some(first_byte) => first_byte.checked_add(state.header_timeout),
            None if state.used => since.checked_add(IDLE_TIMEOUT),
            None => since.checked_add(state.header_timeout),
        }
    }
}

/// Time by the clock of the runtime, which tests can stop.
pub(super) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

impl Timer for HeadTimer {
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

impl HeadTimer {
    fn begin(&self) -> Pin<Box<dyn Sleep>> {
        let mut state = self.state();
        state.since = Some(now());
        state.first_byte = None;
        drop(state);
        Box::pin(Wait(self.clone()))
    }
}

/// The wait for one head. It wakes no task: the connection checks the deadline itself, so that no
/// timer is set and unset for every request.
struct Wait(HeadTimer);

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
        let waiting = HeadTimer::new(Duration::MAX);
        let _wait = waiting.begin();
        assert_eq!(waiting.deadline(), None);
        waiting.received();
        assert_eq!(waiting.deadline(), None);
    }
}
