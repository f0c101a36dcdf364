//! An engine for stores that one process uses: it runs every job where it is.

use std::time::Duration;

use tokio::sync::Mutex;

use super::{Executor, Lease};
use crate::store::Store;
use crate::store::backend::Stored;
use crate::store::batch::{Batch, Committed};

/// Number of jobs that are read at once.
const PAGE: usize = 256;

/// An engine that runs jobs where they are submitted. Those that an earlier process has left are leased at
/// the start, however many there are.
pub(in crate::store) struct Local {
    store: Store,
    unfinished: &'static str,
    place: Mutex<Place>,
}

/// Place in the list of the jobs that an earlier process has left.
#[derive(Default)]
struct Place {
    after: Option<String>,
    is_end: bool,
}

impl Local {
    pub(in crate::store) fn new(store: Store, unfinished: &'static str) -> Self {
        Self { store, unfinished, place: Mutex::default() }
    }
}

fn lease(job: impl Into<String>) -> Lease {
    Lease { job: job.into(), entry: String::new() }
}

impl Executor for Local {
    fn own_lease(&self, job: &str) -> Option<Lease> {
        Some(lease(job))
    }

    fn submit<'a>(&'a self, _: &'a str, batch: Batch) -> Stored<'a, Committed> {
        Box::pin(self.store.commit(batch))
    }

    fn lease(&self, _: usize) -> Stored<'_, Option<Vec<Lease>>> {
        Box::pin(async {
            let mut place = self.place.lock().await;
            if place.is_end {
                return Ok(None);
            }
            let page = self.store.members(self.unfinished, place.after.as_deref(), PAGE).await?;
            place.is_end = page.len() < PAGE;
            place.after = page.last().cloned();
            Ok(Some(page.into_iter().map(lease).collect()))
        })
    }

    fn begin<'a>(&'a self, _: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        Box::pin(self.store.commit(batch))
    }

    fn keep_alive<'a>(&'a self, _: &'a [Lease]) -> Stored<'a, Vec<Lease>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn complete<'a>(&'a self, _: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        Box::pin(self.store.commit(batch))
    }

    fn release<'a>(&'a self, _: &'a Lease, batch: Batch) -> Stored<'a, Committed> {
        Box::pin(self.store.commit(batch))
    }

    fn lease_time(&self) -> Option<Duration> {
        None
    }

    fn stop(&self) {}

    fn leave(&self) -> Stored<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_of_an_earlier_process_are_leased_once() {
        let store = Store::memory();
        let names: Vec<String> = (0..PAGE + 1).map(|job| format!("{job:04}")).collect();
        let batch = names.iter().fold(Batch::new(), |batch, job| batch.add("unfinished", job));
        store.commit(batch).await.unwrap();
        let local = Local::new(store, "unfinished");
        let mut leased = Vec::new();
        while let Some(leases) = local.lease(1).await.unwrap() {
            leased.extend(leases.into_iter().map(|lease| lease.job));
        }
        assert_eq!(leased, names);
        assert_eq!(local.lease(1).await.unwrap(), None);
    }
}
