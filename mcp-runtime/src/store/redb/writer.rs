//! The thread that writes: all batches that wait are committed in one transaction, with one fsync.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use redb::{Database, Error};
use tokio::sync::{mpsc, oneshot};

use super::file::File;
use super::tables::Tables;
use crate::store::batch::{Batch, Committed};
use crate::store::clock::Clock;
use crate::store::error::{StoreError, StoreErrorKind};
use crate::store::topics::Topics;

/// Batches that wait for the thread. Further ones wait for room.
const MAX_WAITING: usize = 1024;

/// Batches of one transaction.
const MAX_GROUP: usize = 256;

/// Handle of the thread.
pub(super) struct Writer {
    /// `None` once the thread has been ended.
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    batch: Batch,
    answer: oneshot::Sender<Result<Committed, StoreError>>,
}

impl Writer {
    pub(super) fn start(
        file: Arc<File>,
        topics: Arc<Topics>,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let (queue, mut jobs) = mpsc::channel(MAX_WAITING);
        let run = move || {
            while let Some(first) = jobs.blocking_recv() {
                let mut group = vec![first];
                while group.len() < MAX_GROUP
                    && let Ok(next) = jobs.try_recv()
                {
                    group.push(next);
                }
                carry_out(group, &file, &topics, clock.now());
            }
        };
        let started = thread::Builder::new().name("mcp-store".to_owned()).spawn(run);
        let thread = started.map_err(|error| {
            let message = "cannot start the thread that writes the store";
            StoreError::new(StoreErrorKind::Unavailable, message).caused_by(error)
        })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Commits a batch. It is also committed if the future is dropped once it was accepted.
    pub(super) async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let ended = || {
            let message = "the thread that writes the store has ended; restart the program";
            StoreError::new(StoreErrorKind::Unavailable, message)
        };
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Job { batch, answer }).await.map_err(|_| ended())?;
        answered.await.unwrap_or_else(|_| Err(ended()))
    }
}

impl Writer {
    /// Waits for the batches that were accepted, and ends the thread.
    pub(super) fn end(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // It catches the panics of the database.
            let _ = thread.join();
        }
    }
}

/// Commits a group of batches, publishes their messages and answers them.
fn carry_out(group: Vec<Job>, file: &File, topics: &Topics, now: u64) {
    let outcome = file.with(|database| commit(database, &group, now));
    for (index, Job { batch, answer }) in group.into_iter().enumerate() {
        let committed = outcome.as_ref().map(|outcomes| outcomes[index]).map_err(Clone::clone);
        if matches!(committed, Ok(Committed::Yes(_))) {
            topics.publish(batch.messages);
        }
        // The caller may have gone.
        let _ = answer.send(committed);
    }
}

/// Carries out batches in their order. One that conflicts writes nothing, the others are not affected.
fn commit(database: &Database, group: &[Job], now: u64) -> Result<Vec<Committed>, Error> {
    let transaction = database.begin_write()?;
    let mut writes = false;
    let outcomes = {
        let mut tables = Tables::open(&transaction, now)?;
        let mut outcomes = Vec::with_capacity(group.len());
        for job in group {
            let outcome = tables.apply(&job.batch)?;
            writes |= outcome != Committed::Conflict && !job.batch.writes.is_empty();
            outcomes.push(outcome);
        }
        if writes {
            tables.sweep()?;
        }
        outcomes
    };
    if writes {
        // Transactions are durable by default: this waits for the disk.
        transaction.commit()?;
    } else {
        transaction.abort()?;
    }
    Ok(outcomes)
}
