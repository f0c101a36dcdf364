//! The interface of storage engines.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::batch::{Batch, Committed, Record};
use super::error::StoreError;
use super::executor::{Executor, Jobs};
use super::topics::Listener;

/// Result of an operation of a backend, once it is there.
pub(crate) type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A storage engine.
///
/// Records, logs, sets and topics have separate names. What has expired does not exist. `suite/` holds
/// every backend to the same behaviour.
pub(crate) trait Backend: Send + Sync + 'static {
    /// Reads a record.
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Record>>;

    /// Carries out all writes of a batch in their order, or none of them. A batch without writes
    /// compares versions only.
    fn commit(&self, batch: Batch) -> Stored<'_, Committed>;

    /// Reads at most `limit` entries of a log, numbered above `after`.
    fn entries<'a>(
        &'a self,
        log: &'a str,
        after: u64,
        limit: usize,
    ) -> Stored<'a, Vec<(u64, Bytes)>>;

    /// Reads at most `limit` members of a set, behind `after`.
    fn members<'a>(
        &'a self,
        set: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Stored<'a, Vec<String>>;

    /// Receives the messages that are published from now on.
    fn subscribe<'a>(&'a self, topic: &'a str) -> Stored<'a, Listener>;

    /// Returns `true` if the store outlives this process.
    fn is_persistent(&self) -> bool;

    /// Returns `true` if other processes see the same store.
    fn is_shared(&self) -> bool;

    /// The engine of the store that decides which process runs a job; `None` if one process at a time
    /// uses the store, so that it runs them all.
    fn executor(self: Arc<Self>, _: Jobs) -> Option<Arc<dyn Executor>> {
        None
    }

    /// Kind and place of the store, without secrets.
    fn description(&self) -> String;
}
