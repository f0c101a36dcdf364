//! The time that a request takes, without the time in which the server waits for this client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Time limits of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    /// Longest silence of the server: progress of the request restarts it.
    pub(crate) idle: Duration,
    /// Longest time for the whole request.
    pub(crate) total: Duration,
}

/// The start of a request, and the time for which it waited for this client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestClock {
    started: Instant,
    /// Total of all pauses of the client when the request started.
    paused_before: Duration,
    /// Time spent answering the questions of this request, if they arrive in results.
    pub(crate) paused: Duration,
}

impl RequestClock {
    pub(crate) fn start(pauses: &Pauses) -> Self {
        let paused_before = pauses.total();
        Self { started: Instant::now(), paused_before, paused: Duration::ZERO }
    }

    /// Returns the moment at which the server has had this much time.
    pub(crate) fn after(&self, time: Duration, pauses: &Pauses) -> Instant {
        let paused = pauses.total().saturating_sub(self.paused_before);
        after(self.started, time.saturating_add(paused).saturating_add(self.paused))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Adds a time to a moment. Times that would overflow count as thirty years.
pub(crate) fn after(moment: Instant, time: Duration) -> Instant {
    const MAX_TIME: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
    moment + time.min(MAX_TIME)
}

/// The times in which this client answers questions of a session. A session does not state which
/// request a question belongs to, so a pause counts for all requests in flight.
#[derive(Debug, Default)]
pub(crate) struct Pauses(Mutex<PauseTimes>);

#[derive(Debug, Default)]
struct PauseTimes {
    /// Number of questions that are being answered.
    questions: usize,
    /// Start of the pause, if there is one.
    since: Option<Instant>,
    /// End of the last question.
    until: Option<Instant>,
    /// Total of all pauses that are over.
    total: Duration,
}

impl Pauses {
    fn times(&self) -> MutexGuard<'_, PauseTimes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to answer a question, until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Pause {
        let mut times = self.times();
        times.questions += 1;
        times.since.get_or_insert_with(Instant::now);
        Pause(Arc::clone(self))
    }

    /// Returns the end of the last pause, which is now while a question is being answered.
    pub(crate) fn until(&self) -> Option<Instant> {
        let times = self.times();
        times.since.map(|_| Instant::now()).or(times.until)
    }

    fn total(&self) -> Duration {
        let times = self.times();
        times.total + times.since.map(|since| since.elapsed()).unwrap_or_default()
    }
}

/// Guard of a question that is being answered. See [`Pauses::begin`].
#[derive(Debug)]
pub(crate) struct Pause(Arc<Pauses>);

impl Drop for Pause {
    fn drop(&mut self) {
        let mut times = self.0.times();
        times.questions -= 1;
        if times.questions == 0
            && let Some(since) = times.since.take()
        {
            times.total += since.elapsed();
        }
        times.until = Some(Instant::now());
    }
}
