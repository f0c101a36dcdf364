//! Requests in flight over one client, to find the one that an unaddressed message belongs to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Time in which the server may still send messages about a request that was cancelled, because it
/// has not read the cancellation yet.
const LATE_MESSAGE_TIMEOUT: Duration = Duration::from_secs(5);

/// Requests in flight, each with its value.
pub(crate) struct InFlight<T>(Mutex<Numbered<T>>);

struct Numbered<T> {
    next: u64,
    values: BTreeMap<u64, T>,
    /// Moment until which a message may belong to a request that was cancelled.
    late_until: Option<Instant>,
}

/// The request that an unaddressed message belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner<T> {
    /// No request is in flight.
    None,
    /// One request is in flight, with this value.
    One(T),
    /// Several requests may own the message.
    Ambiguous,
}

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self(Mutex::new(Numbered { next: 0, values: BTreeMap::new(), late_until: None }))
    }
}

impl<T> InFlight<T> {
    fn numbered(&self) -> MutexGuard<'_, Numbered<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request as in flight until [`InFlightGuard::finish`] is called. A guard that is
    /// dropped without it stands for a cancelled request, which the server may still work on.
    pub(crate) fn enter(self: &Arc<Self>, value: T) -> InFlightGuard<T> {
        let mut numbered = self.numbered();
        let number = numbered.next;
        numbered.next += 1;
        numbered.values.insert(number, value);
        InFlightGuard { all: Arc::clone(self), number, is_finished: false }
    }

    /// Returns the owner of a message that arrives now.
    pub(crate) fn owner(&self) -> Owner<T>
    where
        T: Clone,
    {
        let numbered = self.numbered();
        let mut values = numbered.values.values();
        let may_be_late = numbered.late_until.is_some_and(|until| Instant::now() < until);
        match (values.next(), values.next()) {
            (Some(_), None) if may_be_late => Owner::Ambiguous,
            (Some(value), None) => Owner::One(value.clone()),
            (None, _) => Owner::None,
            _ => Owner::Ambiguous,
        }
    }
}

impl<T> fmt::Debug for InFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").field("count", &self.numbered().values.len()).finish()
    }
}

/// A request in flight. See [`InFlight::enter`].
pub(crate) struct InFlightGuard<T> {
    all: Arc<InFlight<T>>,
    number: u64,
    is_finished: bool,
}

impl<T> InFlightGuard<T> {
    /// Ends the request: the server sends no more messages about it.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl<T> Drop for InFlightGuard<T> {
    fn drop(&mut self) {
        let mut numbered = self.all.numbered();
        let value = numbered.values.remove(&self.number);
        if !self.is_finished {
            numbered.late_until = Some(Instant::now() + LATE_MESSAGE_TIMEOUT);
        }
        drop(numbered);
        // Dropped after the lock is released, because its destructor is unknown here.
        drop(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_single_request_owns_a_message() {
        let all = Arc::<InFlight<&str>>::default();
        assert_eq!(all.owner(), Owner::None);
        let one = all.enter("one");
        assert_eq!(all.owner(), Owner::One("one"));
        let other = all.enter("other");
        assert_eq!(all.owner(), Owner::Ambiguous);
        one.finish();
        assert_eq!(all.owner(), Owner::One("other"));
        other.finish();
        assert_eq!(all.owner(), Owner::None);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_of_a_cancelled_request_may_be_late() {
        let all = Arc::<InFlight<&str>>::default();
        drop(all.enter("one"));
        assert_eq!(all.owner(), Owner::None);
        let _other = all.enter("other");
        assert_eq!(all.owner(), Owner::Ambiguous);
        tokio::time::advance(LATE_MESSAGE_TIMEOUT).await;
        assert_eq!(all.owner(), Owner::One("other"));
    }
}
