//! A store whose operations fail, one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;

use super::super::Store;
use super::super::backend::{Backend, Stored};
use super::super::batch::{Batch, Committed, Record};
use super::super::clock::Clock;
use super::super::error::{StoreError, StoreErrorKind};
use super::super::memory::Memory;
use super::super::topics::Listener;

/// Text of the injected error.
pub(crate) const INJECTED: &str = "the store fails by injection";

/// Moment at which an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before it is carried out.
    Before,
    /// After it was carried out, so that its caller does not know.
    After,
}

/// The failures of a store.
#[derive(Clone)]
pub(crate) struct Faults {
    /// Number of operations until the first failure.
    until: Arc<AtomicUsize>,
    /// Number of failures that are left.
    left: Arc<AtomicUsize>,
    moment: Moment,
}

impl Faults {
    /// The operation `count`, counted from 0, fails, and `failures` with it in a row.
    pub(crate) fn at(count: usize, failures: usize, moment: Moment) -> Self {
        Self {
            until: Arc::new(AtomicUsize::new(count)),
            left: Arc::new(AtomicUsize::new(failures)),
            moment,
        }
    }

    /// Ends the failures. Returns `true` if there were any.
    pub(crate) fn end(&self) -> bool {
        self.left.store(0, Ordering::SeqCst);
        self.until.load(Ordering::SeqCst) == 0
    }

    fn next(&self) -> Option<Moment> {
        let earlier =
            self.until.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1));
        if earlier.is_ok() {
            return None;
        }
        let left =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1));
        left.is_ok().then_some(self.moment)
    }
}

/// A store in memory that pretends to be persistent, so that everything is stored.
struct Faulty {
    memory: Memory,
    faults: Faults,
}

/// Creates a store with failures.
pub(crate) fn faulty(faults: &Faults) -> Store {
    Store(Arc::new(Faulty { memory: Memory::new(Clock::System), faults: faults.clone() }))
}

impl Faulty {
    fn failing<'a, T: Send + 'a>(
        &self,
        operation: impl FnOnce() -> Stored<'a, T>,
    ) -> Stored<'a, T> {
        let moment = self.faults.next();
        // The memory carries out an operation when it is called.
        let carried_out = (moment != Some(Moment::Before)).then(operation);
        Box::pin(async move {
            let outcome = match carried_out {
                Some(carried_out) => Some(carried_out.await?),
                None => None,
            };
            match (moment, outcome) {
                (None, Some(outcome)) => Ok(outcome),
                _ => Err(StoreError::new(StoreErrorKind::Unavailable, INJECTED)),
            }
        })
    }
}

impl Backend for Faulty {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Record>> {
        self.failing(|| self.memory.get(key))
    }

    fn commit(&self, batch: Batch) -> Stored<'_, Committed> {
        self.failing(|| self.memory.commit(batch))
    }

    fn entries<'a>(
        &'a self,
        log: &'a str,
        after: u64,
        limit: usize,
    ) -> Stored<'a, Vec<(u64, Bytes)>> {
        self.failing(|| self.memory.entries(log, after, limit))
    }

    fn members<'a>(
        &'a self,
        set: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Stored<'a, Vec<String>> {
        self.failing(|| self.memory.members(set, after, limit))
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Stored<'a, Listener> {
        self.failing(|| self.memory.subscribe(topic))
    }

    fn is_persistent(&self) -> bool {
        true
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn description(&self) -> String {
        "faulty".to_owned()
    }
}
