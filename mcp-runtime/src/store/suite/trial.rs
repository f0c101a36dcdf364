//! A backend under test, and its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::backend::Backend;
use super::super::batch::{Batch, Committed, Version};
use super::super::clock::Clock;

/// A backend under test.
pub(crate) struct Trial {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) time: Time,
    /// Whatever has to live as long as the backend.
    _kept: Box<dyn std::any::Any + Send + Sync>,
}

/// The clock that a backend reads.
pub(crate) enum Time {
    /// A clock that stands still until a test sets it.
    Manual(Arc<AtomicU64>),
    /// The clock of an engine outside of this process.
    Real,
}

impl Trial {
    pub(crate) fn new(backend: impl Backend, time: Time) -> Self {
        Self::keeping(backend, time, ())
    }

    pub(crate) fn keeping(
        backend: impl Backend,
        time: Time,
        kept: impl std::any::Any + Send + Sync,
    ) -> Self {
        Self { backend: Arc::new(backend), time, _kept: Box::new(kept) }
    }

    /// Commits a batch that nothing contradicts.
    pub(crate) async fn commit(&self, batch: Batch) -> Version {
        match self.backend.commit(batch).await.unwrap() {
            Committed::Yes(version) => version,
            Committed::Conflict => panic!("a conflict"),
        }
    }

    pub(crate) async fn conflicts(&self, batch: Batch) -> bool {
        self.backend.commit(batch).await.unwrap() == Committed::Conflict
    }

    /// The value of a record as text.
    pub(crate) async fn text(&self, key: &str) -> Option<String> {
        let record = self.backend.get(key).await.unwrap()?;
        Some(String::from_utf8(record.value.to_vec()).unwrap())
    }

    pub(crate) async fn version(&self, key: &str) -> Option<Version> {
        Some(self.backend.get(key).await.unwrap()?.version)
    }

    /// The entries of a log as text.
    pub(crate) async fn log(&self, log: &str) -> Vec<(u64, String)> {
        let entries = self.backend.entries(log, 0, usize::MAX).await.unwrap();
        let text = |entry: bytes::Bytes| String::from_utf8(entry.to_vec()).unwrap();
        entries.into_iter().map(|(number, entry)| (number, text(entry))).collect()
    }

    pub(crate) async fn set(&self, set: &str) -> Vec<String> {
        self.backend.members(set, None, usize::MAX).await.unwrap()
    }
}

impl Time {
    pub(crate) fn manual() -> (Self, Clock) {
        let millis = Arc::new(AtomicU64::new(1_800_000_000_000));
        (Self::Manual(Arc::clone(&millis)), Clock::Manual(millis))
    }

    pub(crate) fn now(&self) -> SystemTime {
        match self {
            Self::Manual(millis) => {
                UNIX_EPOCH + Duration::from_millis(millis.load(Ordering::SeqCst))
            }
            Self::Real => SystemTime::now(),
        }
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, time: Duration) {
        match self {
            Self::Manual(millis) => {
                millis.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::SeqCst);
            }
            // The clock of another process cannot be set.
            Self::Real => tokio::time::sleep(time).await,
        }
    }
}
