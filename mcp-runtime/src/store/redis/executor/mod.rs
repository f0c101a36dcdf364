//! Jobs in a stream of Redis, which its consumers share.
//!
//! | of the engine | in Redis |
//! |---|---|
//! | submission | `XADD`, in the batch that creates the job |
//! | lease | an entry that is pending for a consumer of the group; a new one by `XREADGROUP` |
//! | extension | `XCLAIM … JUSTID`, if the entry still is pending for the consumer: `keep_alive.lua` |
//! | expiry | `XAUTOCLAIM`, of entries that were not extended for the lease time |
//! | end | `XACK` and `XDEL`, in the batch that ends the job |
//! | release | the same, and `XADD` |
//!
//! A hash has the entry of each job. So a job whose entry was lost is found, and submitted again:
//! `repair.lua`.

mod reader;
mod scripts;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use self::reader::{ReadError, Reader};
use self::scripts::Scripts;
use super::Redis;
use super::query::Query;
use crate::store::backend::{Backend as _, Stored};
use crate::store::batch::{Batch, Committed};
use crate::store::error::StoreError;
use crate::store::executor::{Executor, Jobs, Lease};

/// The group of all consumers.
pub(super) const GROUP: &str = "servers";

/// Number of jobs that one call of a script looks at.
const PAGE: usize = 256;

/// Longest time for which Redis is asked to wait for a job.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// Number of times within the lease time that expired leases are looked for.
const LOOKS: u32 = 3;

/// Number of lease times after which jobs without an entry are looked for.
const REPAIR_INTERVAL: u32 = 2;

/// Pause between attempts to interrupt the reader.
const INTERRUPTION: Duration = Duration::from_millis(50);

/// Jobs in the stream of a database.
pub(super) struct Streams {
    redis: Arc<Redis>,
    jobs: Jobs,
    consumer: String,
    scripts: Scripts,
    /// The connection that waits for jobs. One caller at a time uses it.
    reader: tokio::sync::Mutex<Option<Reader>>,
    schedule: Mutex<Schedule>,
    is_stopped: watch::Sender<bool>,
}

/// Times at which to look for jobs that nothing announces.
struct Schedule {
    /// Of expired leases.
    claim: Instant,
    /// Of jobs without an entry.
    repair: Instant,
    /// `true` if the last search of another process does not count, because entries may have got lost.
    must_repair: bool,
}

impl Streams {
    pub(super) fn new(redis: Arc<Redis>, jobs: Jobs) -> Self {
        let now = Instant::now();
        Self {
            consumer: redis.batches.process(),
            redis,
            jobs,
            scripts: Scripts::new(),
            reader: tokio::sync::Mutex::default(),
            schedule: Mutex::new(Schedule { claim: now, repair: now, must_repair: true }),
            is_stopped: watch::Sender::new(false),
        }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self, room: usize) -> Result<Option<Vec<Lease>>, StoreError> {
        let mut reader = self.reader.lock().await;
        if *self.is_stopped.borrow() {
            return Ok(None);
        }
        self.repair_if_due().await?;
        let leased = match &mut *reader {
            Some(reader) => self.look(reader, room).await,
            None => match self.connect().await {
                Ok(connected) => self.look(reader.insert(connected), room).await,
                Err(error) => Err(error),
            },
        };
        match leased {
            Ok(leases) => Ok(Some(leases)),
            Err(failure) => {
                *reader = None;
                // Whatever has happened to the connection may have happened to the entries.
                let mut schedule = self.schedule();
                (schedule.repair, schedule.must_repair) = (Instant::now(), true);
                match failure {
                    ReadError::Redis(error) => Err(error),
                    // The group is created again with the next connection.
                    ReadError::Lost => Ok(Some(Vec::new())),
                }
            }
        }
    }

    async fn connect(&self) -> Result<Reader, ReadError> {
        let Redis { connection, server, names, .. } = &*self.redis;
        let limit = MAX_WAIT.min(self.jobs.lease);
        Reader::connect(connection.client(), server, names.stream(), &self.consumer, limit).await
    }

    /// Takes over jobs whose leases have expired, or waits for new ones.
    async fn look(&self, reader: &mut Reader, room: usize) -> Result<Vec<Lease>, ReadError> {
        let due = self.schedule().claim;
        if due <= Instant::now() {
            let claimed = reader.claim(self.jobs.lease, room).await?;
            if claimed.len() < room {
                self.schedule().claim = Instant::now() + self.jobs.lease / LOOKS;
            }
            if !claimed.is_empty() {
                return Ok(claimed);
            }
        }
        let until = {
            let schedule = self.schedule();
            schedule.claim.min(schedule.repair)
        };
        let wait = until.saturating_duration_since(Instant::now()).min(MAX_WAIT);
        let client = reader.client;
        let mut reading = std::pin::pin!(reader.read(wait, room));
        let mut stopped = self.is_stopped.subscribe();
        tokio::select! {
            read = &mut reading => return read,
            // It cannot end before: the sender is here.
            _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
        }
        loop {
            // What Redis has given to this consumer already arrives all the same.
            let mut unblock = redis::cmd("CLIENT");
            unblock.arg("UNBLOCK").arg(client);
            if let Err(error) = self.redis.connection.run(&Query::Command(unblock)).await {
                tracing::debug!(error = %error.report(), "waiting for tasks cannot be interrupted");
            }
            if let Ok(read) = tokio::time::timeout(INTERRUPTION, &mut reading).await {
                return read;
            }
        }
    }

    /// Submits jobs again that have no entry, if it is time.
    async fn repair_if_due(&self) -> Result<(), StoreError> {
        let must_repair = {
            let schedule = self.schedule();
            if schedule.repair > Instant::now() {
                return Ok(());
            }
            schedule.must_repair
        };
        let interval = self.jobs.lease * REPAIR_INTERVAL;
        if must_repair || self.is_first(interval).await? {
            self.repair().await?;
        }
        let mut schedule = self.schedule();
        schedule.repair = Instant::now() + interval;
        schedule.must_repair = false;
        Ok(())
    }

    /// Returns `true` if no other process has looked for lost entries within an interval.
    async fn is_first(&self, interval: Duration) -> Result<bool, StoreError> {
        let mut command = redis::cmd("SET");
        command.arg(self.redis.names.repaired()).arg(&self.consumer).arg("NX");
        command.arg("PX").arg(milliseconds(interval));
        let answer: Option<String> = self.redis.read(command).await?;
        Ok(answer.is_some())
    }

    async fn repair(&self) -> Result<(), StoreError> {
        let mut after: Option<String> = None;
        loop {
            let page = self.redis.members(self.jobs.unfinished, after.as_deref(), PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            let call = self.scripts.repair(&self.redis.names, self.jobs.unfinished, &page);
            let submitted = self.redis.decode::<u64>(self.redis.connection.run(&call).await?)?;
            if submitted > 0 {
                tracing::warn!(submitted, "tasks that were lost in Redis are submitted again");
            }
        }
        self.remove_consumers().await
    }

    /// Removes consumers that have ended.
    async fn remove_consumers(&self) -> Result<(), StoreError> {
        let call = self.scripts.remove_idle(&self.redis.names);
        self.redis.connection.run(&call).await.map(drop)
    }

    async fn keep(&self, leases: &[Lease]) -> Result<Vec<Lease>, StoreError> {
        let mut lost = Vec::new();
        for page in leases.chunks(PAGE) {
            let call = self.scripts.keep_alive(&self.redis.names, &self.consumer, page);
            let answer = self.redis.connection.run(&call).await?;
            let entries: Vec<String> = self.redis.decode(answer)?;
            lost.extend(page.iter().filter(|lease| entries.contains(&lease.entry)).cloned());
        }
        Ok(lost)
    }

    async fn remove_self(&self) -> Result<(), StoreError> {
        // A consumer with leases stays. They expire.
        let call = self.scripts.remove(&self.redis.names, &self.consumer);
        self.redis.connection.run(&call).await.map(drop)
    }
}

impl Executor for Streams {
    fn own_lease(&self, _: &str) -> Option<Lease> {
        None
    }

    fn submit<'a>(&'a self, job: &'a str, batch: Batch) -> Stored<'a, Committed> {
        self.redis.commit(batch.submit(job))
    }

    fn lease(&self, room: usize) -> Stored<'_, Option<Vec<Lease>>> {
        Box::pin(self.next(room))
    }

    fn begin<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        self.redis.commit(batch.held(&self.consumer, &lease.entry))
    }

    fn keep_alive<'a>(&'a self, leases: &'a [Lease]) -> Stored<'a, Vec<Lease>> {
        Box::pin(self.keep(leases))
    }

    fn complete<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        self.redis.commit(batch.settle(&lease.job, &lease.entry))
    }

    fn release<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        let batch = batch.held(&self.consumer, &lease.entry);
        self.redis.commit(batch.settle(&lease.job, &lease.entry).submit(&lease.job))
    }

    fn lease_time(&self) -> Option<Duration> {
        Some(self.jobs.lease)
    }

    fn stop(&self) {
        self.is_stopped.send_replace(true);
    }

    fn leave(&self) -> Stored<'_, ()> {
        Box::pin(self.remove_self())
    }
}

/// A duration for Redis, which refuses 0.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).max(1)
}
