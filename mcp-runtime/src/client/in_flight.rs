//! What is in flight over one client, and whose it is where there is only one of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long the server may still speak of what nobody waits for any more: until it has read that,
/// and has stopped.
const ECHO: Duration = Duration::from_secs(5);

/// Things in flight, each with what belongs to it.
pub(crate) struct InFlight<T>(Mutex<Numbered<T>>);

struct Numbered<T> {
    next: u64,
    things: BTreeMap<u64, T>,
    /// Until when what comes may belong to something that was given up.
    echo_until: Option<Instant>,
}

/// Whose something is that does not say so itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Whose<T> {
    /// Nothing is in flight.
    Nobodys,
    /// One thing is.
    Of(T),
    /// That cannot be said.
    OneOfSeveral,
}

impl<T> Default for InFlight<T> {
    fn default() -> Self {
        Self(Mutex::new(Numbered { next: 0, things: BTreeMap::new(), echo_until: None }))
    }
}

impl<T> InFlight<T> {
    fn open(&self) -> MutexGuard<'_, Numbered<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts something as in flight until what is returned says that it is over. If that is
    /// dropped before, the thing was given up, and the server may not know that yet.
    pub(crate) fn enter(self: &Arc<Self>, thing: T) -> Entered<T> {
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        open.things.insert(number, thing);
        Entered { all: Arc::clone(self), number, is_over: false }
    }

    /// Whose it is what comes now.
    pub(crate) fn whose(&self) -> Whose<T>
    where
        T: Clone,
    {
        let open = self.open();
        let mut things = open.things.values();
        let echoes = open.echo_until.is_some_and(|until| Instant::now() < until);
        match (things.next(), things.next()) {
            (Some(_), None) if echoes => Whose::OneOfSeveral,
            (Some(thing), None) => Whose::Of(thing.clone()),
            (None, _) => Whose::Nobodys,
            _ => Whose::OneOfSeveral,
        }
    }
}

impl<T> fmt::Debug for InFlight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight").field("count", &self.open().things.len()).finish()
    }
}

/// Something that is in flight. See [`InFlight::enter`].
pub(crate) struct Entered<T> {
    all: Arc<InFlight<T>>,
    number: u64,
    is_over: bool,
}

impl<T> Entered<T> {
    /// The server says no more of it.
    pub(crate) fn over(mut self) {
        self.is_over = true;
    }
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        let mut open = self.all.open();
        let left = open.things.remove(&self.number);
        if !self.is_over {
            open.echo_until = Some(Instant::now() + ECHO);
        }
        drop(open);
        // Dropped without the lock, because what it holds may do anything then.
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_said_of_one_thing_alone() {
        let all = Arc::<InFlight<&str>>::default();
        assert_eq!(all.whose(), Whose::Nobodys);
        let one = all.enter("one");
        assert_eq!(all.whose(), Whose::Of("one"));
        let other = all.enter("other");
        assert_eq!(all.whose(), Whose::OneOfSeveral);
        one.over();
        assert_eq!(all.whose(), Whose::Of("other"));
        other.over();
        assert_eq!(all.whose(), Whose::Nobodys);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_is_spoken_of_for_a_while() {
        let all = Arc::<InFlight<&str>>::default();
        drop(all.enter("one"));
        assert_eq!(all.whose(), Whose::Nobodys);
        let _other = all.enter("other");
        assert_eq!(all.whose(), Whose::OneOfSeveral);
        tokio::time::advance(ECHO).await;
        assert_eq!(all.whose(), Whose::Of("other"));
    }
}
