//! The time that a request takes, without that in which the server waits for this client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// When a request began, and for how long it is not the server that was waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
    /// How long the client had answered questions when it began.
    answered_before: Duration,
    /// How long it has answered the questions of this request, where they come in results.
    pub(crate) paused: Duration,
}

impl Clock {
    pub(crate) fn start(pauses: &Pauses) -> Self {
        let answered_before = pauses.total();
        Self { started: Instant::now(), answered_before, paused: Duration::ZERO }
    }

    /// When the server has had a time for it.
    pub(crate) fn after(&self, time: Duration, pauses: &Pauses) -> Instant {
        let answered = pauses.total().saturating_sub(self.answered_before);
        after(self.started, time.saturating_add(answered).saturating_add(self.paused))
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The moment after a time, which for a time beyond counting is one that nobody lives to see.
pub(crate) fn after(moment: Instant, time: Duration) -> Instant {
    const LIFETIME: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
    moment + time.min(LIFETIME)
}

/// The times in which this client answers questions of a session. Which request they are for is
/// not known, so they count for all.
#[derive(Debug, Default)]
pub(crate) struct Pauses(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    questions: usize,
    since: Option<Instant>,
    until: Option<Instant>,
    total: Duration,
}

impl Pauses {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A question is being answered until what is returned is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Pause {
        let mut state = self.state();
        state.questions += 1;
        state.since.get_or_insert_with(Instant::now);
        Pause(Arc::clone(self))
    }

    /// Until when it was this client that was waited for: until now while it answers.
    pub(crate) fn until(&self) -> Option<Instant> {
        let state = self.state();
        state.since.map(|_| Instant::now()).or(state.until)
    }

    fn total(&self) -> Duration {
        let state = self.state();
        state.total + state.since.map(|since| since.elapsed()).unwrap_or_default()
    }
}

/// One of the times in which a question is being answered.
#[derive(Debug)]
pub(crate) struct Pause(Arc<Pauses>);

impl Drop for Pause {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.questions -= 1;
        if state.questions == 0
            && let Some(since) = state.since.take()
        {
            state.total += since.elapsed();
        }
        state.until = Some(Instant::now());
    }
}
