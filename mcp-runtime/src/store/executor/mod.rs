//! Engines that decide which process runs a job, and when another one takes it over.

pub(crate) mod local;

use std::time::Duration;

use super::backend::Stored;
use super::batch::{Batch, Committed};

/// An engine that decides which process runs a job, and when another one takes it over.
///
/// A job is the name of a member of [`Jobs::unfinished`], from the batch that creates it to the batch that
/// ends it. Everything else about it is data in the store.
///
/// Every process that can run jobs calls [`lease`](Self::lease) again and again, and holds each lease with
/// [`keep_alive`](Self::keep_alive) until it completes or releases the job. When it dies, the engine gives
/// the job to another process.
///
/// A lease is about progress, not about safety. A process that was paused may believe that it holds one,
/// while another process runs the job. So [`begin`](Self::begin) writes a record whose version is the
/// epoch of the run, and the store compares the epoch in every later write of the run.
///
/// [`local::Local`] runs all jobs where they are submitted. Redis distributes them with a stream
/// (`redis/executor/`). An engine outside of the store, such as a service for durable execution, commits the
/// batches that it is given, and has to submit what is in [`Jobs::unfinished`] and unknown to it, because
/// the process may end between the two.
pub(crate) trait Executor: Send + Sync + 'static {
    /// The lease on a new job of the process that submits it; `None` if the engine chooses a process.
    fn own_lease(&self, job: &str) -> Option<Lease>;

    /// Commits the batch that creates a job, and submits the job.
    fn submit<'a>(&'a self, job: &'a str, batch: Batch) -> Stored<'a, Committed>;

    /// Waits for jobs that this process shall run: at most `room`. An empty list means that the caller
    /// may ask again at once; `None` means that there will be no more.
    ///
    /// The future must be polled to its end: jobs that arrive when it is dropped wait for the end of
    /// their lease.
    fn lease(&self, room: usize) -> Stored<'_, Option<Vec<Lease>>>;

    /// Commits the batch that begins a run. It is a conflict if the lease is lost.
    fn begin<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed>;

    /// Extends leases by the lease time. Returns those that are lost.
    fn keep_alive<'a>(&'a self, leases: &'a [Lease]) -> Stored<'a, Vec<Lease>>;

    /// Commits the batch that ends a job, and gives up its lease.
    fn complete<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed>;

    /// Commits a batch, and lets another process run the job at once.
    fn release<'a>(&'a self, lease: &'a Lease, batch: Batch) -> Stored<'a, Committed>;

    /// Time for which a lease holds without [`keep_alive`](Self::keep_alive); `None` if it always holds.
    fn lease_time(&self) -> Option<Duration>;

    /// Lets [`lease`](Self::lease) return soon, now and later.
    fn stop(&self);

    /// Removes this process from those that run jobs. It has no more leases.
    fn leave(&self) -> Stored<'_, ()>;
}

/// The right to run a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) job: String,
    /// Name of the lease for the engine.
    pub(crate) entry: String,
}

/// The jobs of an engine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jobs {
    /// Set of the jobs that have not ended.
    pub(crate) unfinished: &'static str,
    /// Time for which a lease holds.
    pub(crate) lease: Duration,
}
