//! A store in a file, with the embedded database redb.

mod file;
mod tables;
#[cfg(test)]
mod tests;
mod writer;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use self::file::File;
use self::writer::Writer;
use super::backend::{Backend, Stored};
use super::batch::{Batch, Committed, Record};
use super::clock::Clock;
use super::error::{StoreError, StoreErrorKind};
use super::topics::{Listener, Topics};

/// The backend of `Store::redb`.
pub(super) struct Redb {
    writer: Writer,
    file: Arc<File>,
    topics: Arc<Topics>,
    clock: Clock,
}

impl Redb {
    /// Opens a file, or creates it.
    pub(super) fn open(path: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::over(File::at(path), clock)
    }

    fn over(file: File, clock: Clock) -> Result<Self, StoreError> {
        file.with(|database| tables::sweep_all(database, clock.now()))?;
        let (file, topics) = (Arc::new(file), Arc::<Topics>::default());
        let writer = Writer::start(Arc::clone(&file), Arc::clone(&topics), clock.clone())?;
        Ok(Self { writer, file, topics, clock })
    }

    /// Reads in a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&redb::Database, u64) -> Result<T, redb::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (file, now) = (Arc::clone(&self.file), self.clock.now());
        let reading =
            tokio::task::spawn_blocking(move || file.with(|database| read(database, now)));
        reading.await.unwrap_or_else(|error| {
            let message = "reading the store was interrupted, because the program is ending";
            Err(StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error))
        })
    }
}

impl Drop for Redb {
    /// Closes the file, so that it can be opened again.
    fn drop(&mut self) {
        self.writer.end();
        self.file.end();
    }
}

impl Backend for Redb {
    fn get<'a>(&'a self, key: &'a str) -> Stored<'a, Option<Record>> {
        let key = key.to_owned();
        Box::pin(self.read(move |database, now| tables::record(database, &key, now)))
    }

    fn commit(&self, batch: Batch) -> Stored<'_, Committed> {
        Box::pin(self.writer.commit(batch))
    }

    fn entries<'a>(
        &'a self,
        log: &'a str,
        after: u64,
        limit: usize,
    ) -> Stored<'a, Vec<(u64, Bytes)>> {
        let log = log.to_owned();
        Box::pin(self.read(move |database, now| tables::entries(database, &log, after, limit, now)))
    }

    fn members<'a>(
        &'a self,
        set: &'a str,
        after: Option<&'a str>,
        limit: usize,
    ) -> Stored<'a, Vec<String>> {
        let (set, after) = (set.to_owned(), after.map(str::to_owned));
        Box::pin(
            self.read(move |database, _| tables::members(database, &set, after.as_deref(), limit)),
        )
    }

    fn subscribe<'a>(&'a self, topic: &'a str) -> Stored<'a, Listener> {
        Box::pin(std::future::ready(Ok(self.topics.subscribe(topic))))
    }

    fn is_persistent(&self) -> bool {
        true
    }

    fn is_shared(&self) -> bool {
        false
    }

    fn description(&self) -> String {
        format!("redb {}", self.file.name())
    }
}
