//! Data that outlives a request: records, logs and sets in memory, in a file or in Redis.
//!
//! A backend stores bytes under names. It knows nothing of MCP, and holds no live parts such as channels.

pub(crate) mod attempts;
pub(crate) mod backend;
pub(crate) mod batch;
mod clock;
mod error;
pub(crate) mod executor;
pub(crate) mod instance;
mod memory;
#[cfg(feature = "store-redb")]
mod redb;
#[cfg(feature = "store-redis")]
mod redis;
#[cfg(test)]
mod suite;
pub(crate) mod topics;
pub(crate) mod value;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

pub use self::error::{StoreError, StoreErrorKind};
#[cfg(all(test, feature = "testing"))]
pub(crate) use self::suite::faulty;

use self::backend::Backend;
use self::batch::{Batch, Committed, Record};
use self::clock::Clock;
use self::executor::local::Local;
use self::executor::{Executor, Jobs};
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

    /// A store in a file, which is created if it does not exist. It survives a crash of the program and
    /// of the machine.
    ///
    /// Writes are on the disk when they are acknowledged. One process at a time uses the file. It has to
    /// be on a local disk.
    ///
    /// # Errors
    /// [`StoreErrorKind::Settings`] for a path that cannot be read and written,
    /// [`StoreErrorKind::Corrupt`] for a file that is not a store, and [`StoreErrorKind::Unavailable`]
    /// while another process has it open.
    ///
    /// # Example
    /// ```no_run
    /// use mcp_runtime::{Server, Store};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::new("demo", "1.0.0").store(Store::redb("state.redb")?);
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "store-redb")]
    pub fn redb(path: impl AsRef<std::path::Path>) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(self::redb::Redb::open(path.as_ref(), Clock::System)?)))
    }

    /// A store in Redis 7 or Valkey, which several processes share. The first use connects.
    ///
    /// The URL is `redis://user:password@host:6379/0`, with the number of a database at its end. Servers
    /// that must not see each other's data use different databases. Keys and channels start with `{mcp}:`.
    /// TLS and Redis Cluster are not supported.
    ///
    /// # Durability
    ///
    /// An acknowledged write survives a crash of Redis with `appendonly yes` and `appendfsync always`.
    /// With `appendfsync everysec`, which is the default of `appendonly yes`, the last second can be
    /// lost; without `appendonly`, everything since the last snapshot. `maxmemory-policy` has to be
    /// `noeviction`, which is the default: other policies remove data.
    ///
    /// Replication is asynchronous. When a replica takes over, it may lack writes that were acknowledged
    /// within the last moments: a task may be a few steps back, and repeats them. The versions of
    /// records contain the time of Redis, so a change that was lost is not mistaken for a later one.
    ///
    /// Expiry follows the clock of Redis. Keep the clocks of all machines synchronized.
    ///
    /// # When the connection breaks
    ///
    /// A command that is in flight is sent again for up to two seconds. Repetition is safe:
    ///
    /// | command | its repetition |
    /// |---|---|
    /// | `EVALSHA`, `EVAL`: a batch of writes and messages | Redis remembers each batch for a minute and returns its first outcome. A batch that conflicted wrote nothing, and is compared again. |
    /// | `SCRIPT LOAD` | has no further effect |
    /// | `EVALSHA`, `EVAL`: leases of tasks | are extended again; a task is not submitted twice |
    /// | `HMGET`, `LRANGE`, `ZRANGEBYLEX` | reads again |
    /// | `SUBSCRIBE`, `UNSUBSCRIBE` | have no further effect; listeners read again what they may have missed |
    ///
    /// The connection that waits for tasks (`XGROUP CREATE`, `XAUTOCLAIM`, `XREADGROUP`) repeats nothing. A
    /// task that it was given when it broke has a new lease after the
    /// [lease time](crate::Server::task_lease).
    ///
    /// After two seconds, or if Redis does not answer for five, the operation fails with
    /// [`StoreErrorKind::Unavailable`]. A batch that failed so may have been carried out or not. Later
    /// operations connect again.
    ///
    /// # Errors
    /// [`StoreErrorKind::Settings`] for an invalid URL.
    ///
    /// # Example
    /// ```
    /// use mcp_runtime::{Server, Store};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = Server::new("demo", "1.0.0").store(Store::redis("redis://127.0.0.1:6379")?);
    /// # drop(server);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "store-redis")]
    pub fn redis(url: impl AsRef<str>) -> Result<Self, StoreError> {
        Ok(Self(Arc::new(self::redis::Redis::open(url.as_ref())?)))
    }

    /// Reads a record.
    pub(crate) async fn get(&self, key: &str) -> Result<Option<Record>, StoreError> {
        self.0.get(key).await
    }

    /// Carries out all writes of a batch, or none if an expectation does not hold.
    ///
    /// The writes are durable when it returns, as far as the backend makes anything durable. After an
    /// error they may have been carried out or not: read, or expect a version.
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

    /// The engine that decides which process runs a job.
    pub(crate) fn executor(&self, jobs: Jobs) -> Arc<dyn Executor> {
        let engine = Arc::clone(&self.0).executor(jobs);
        engine.unwrap_or_else(|| Arc::new(Local::new(self.clone(), jobs.unfinished)))
    }

    /// Returns `true` if the store outlives this process.
    pub(crate) fn is_persistent(&self) -> bool {
        self.0.is_persistent()
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
