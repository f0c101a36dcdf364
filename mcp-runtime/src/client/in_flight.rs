//! What is in flight over one client, and whose it is where there is only one of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Things in flight, each with what belongs to it.
pub(crate) struct InFlight<T>(Mutex<Numbered<T>>);

struct Numbered<T> {
    next: u64,
    things: BTreeMap<u64, T>,
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
        Self(Mutex::new(Numbered { next: 0, things: BTreeMap::new() }))
    }
}

impl<T> InFlight<T> {
    fn open(&self) -> MutexGuard<'_, Numbered<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts something as in flight until what is returned is dropped.
    pub(crate) fn enter(self: &Arc<Self>, thing: T) -> Entered<T> {
        let mut open = self.open();
        let number = open.next;
        open.next += 1;
        open.things.insert(number, thing);
        Entered { all: Arc::clone(self), number }
    }

    /// Whose it is what comes now.
    pub(crate) fn whose(&self) -> Whose<T>
    where
        T: Clone,
    {
        let open = self.open();
        let mut things = open.things.values();
        match (things.next(), things.next()) {
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
}

impl<T> Drop for Entered<T> {
    fn drop(&mut self) {
        let left = self.all.open().things.remove(&self.number);
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
        drop(one);
        assert_eq!(all.whose(), Whose::Of("other"));
        drop(other);
        assert_eq!(all.whose(), Whose::Nobodys);
    }
}
