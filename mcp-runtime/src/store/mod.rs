//! What outlives a request: records, logs and sets in memory, in a file or in Redis.
//!
//! A backend stores bytes under names. It knows nothing of MCP, and holds no live parts such as channels.

pub(crate) mod backend;
pub(crate) mod batch;
mod clock;
mod error;
mod memory;
#[cfg(test)]
mod suite;
pub(crate) mod topics;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub use self::error::{StoreError, StoreErrorKind};

use self::backend::Backend;
use self::batch::{Batch, Committed, Record};
use self::clock::Clock;
use self::memory::Memory;
use self::topics::Listener;

/// Storage for what outlives a request, such as tasks and their journals.
///
/// A server without one has a store in [memory](Self::memory). Set another one with
/// [`Server::store`](crate::Server::store). Clones share the same storage.
///
/// ```
/// use mcp_runtime::{Server, Store};
///
/// let server = Server::new("demo", "1.0.0").store(Store::memory());
/// # drop(server);
/// ```
#[derive(Clone)]
pub struct Store(Arc<dyn Backend>);

impl Store {
    /// A store in the memory of this process, which ends with it.
    pub fn memory() -> Self {
        Self(Arc::new(Memory::new(Clock::System)))
    }

    /// Reads a record.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Record>, StoreError> {
        self.0.get(key).await
    }

    /// Carries out all writes of a batch, or none if an expectation does not hold.
    ///
    /// The writes are durable when it returns, as far as the backend makes anything durable.
    pub(crate) async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        self.0.commit(batch).await
    }

    /// Reads entries of a log with their numbers, which start at 1: those numbered above `after`.
    pub(crate) async fn entries(
        &self,
        log: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Bytes)>, StoreError> {
        self.0.entries(log, after, limit).await
    }

    /// Reads members of a set in the order of their bytes: those behind `after`.
    pub(crate) async fn members(
        &self,
        set: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.0.members(set, after, limit).await
    }

    /// Receives the messages of a topic from now on.
    pub(crate) async fn subscribe(&self, topic: &str) -> Result<Listener, StoreError> {
        self.0.subscribe(topic).await
    }

    /// Returns `true` if other processes see the same store.
    pub(crate) fn is_shared(&self) -> bool {
        self.0.is_shared()
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::memory()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&format_args!("{}", self.0.description())).finish()
    }
}
