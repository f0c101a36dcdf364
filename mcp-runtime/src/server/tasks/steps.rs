//! One run of a task, as the store knows it: the state of the task, and what the run adds to it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::TaskStatus;
use serde_json::value::RawValue;
use tokio::sync::watch;

use super::keys::Keys;
use super::record::{Outcome, Step, StoredCall, TaskState};
use super::time::now;
use crate::ask::journal::KeepEffects;
use crate::clock::{Instant, sleep};
use crate::component::app::App;
use crate::component::running_tasks::{Hold, RunningTask};
use crate::store::batch::{Batch, Committed, Record, Version};
use crate::store::executor::{Executor, Lease};
use crate::store::value::{pauses, to_bytes};
use crate::store::{Store, StoreError};

/// Number of entries that are read at once.
const PAGE: usize = 256;

/// A run of a task.
pub(super) struct Run {
    pub(super) store: Store,
    executor: Arc<dyn Executor>,
    lease: Lease,
    hold: watch::Receiver<Hold>,
    pub(super) id: String,
    /// Epoch of this run: the version of its record.
    epoch: Version,
    state: Mutex<(TaskState, Version)>,
    over: watch::Sender<Over>,
}

/// Right of a run to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    No,
    /// The client has cancelled the task.
    Cancelled,
    /// Another run has taken over, or the task is gone.
    Lost,
}

/// Outcome of beginning a run.
pub(super) enum Takeover {
    Run(Box<Run>, Box<StoredCall>, Vec<Step>),
    /// The task has ended or is gone.
    Ended,
    /// This process does not have the tool, and another one may have it.
    NoTool,
    /// Another run has begun, or the lease is lost.
    Lost,
}

impl Run {
    /// Takes a task over: from now on, no earlier run can write.
    pub(super) async fn begin(app: &App, here: &RunningTask) -> Result<Takeover, StoreError> {
        let (store, id) = (&app.store, here.id());
        let keys = Keys(id);
        let (state_key, call_key, run_key) = (keys.state(), keys.call(), keys.run());
        let log = keys.steps();
        let (state, call, earlier, mut steps) = tokio::try_join!(
            store.get(&state_key),
            store.get(&call_key),
            store.get(&run_key),
            entries(store, &log, 0),
        )?;
        let (Some(state), Some(call)) = (state, call) else {
            // It has expired or ended.
            return Ok(Takeover::Ended);
        };
        let (Ok(mut task), Ok(call)) =
            (from_bytes::<TaskState>(&state.value), from_bytes::<StoredCall>(&call.value))
        else {
            tracing::error!(task = id, "the store has no readable record of a task");
            return Ok(Takeover::Ended);
        };
        if task.status.is_terminal() {
            return Ok(Takeover::Ended);
        }
        if store.is_shared() && app.live.registry().tools.get(&task.tool).is_none() {
            return Ok(Takeover::NoTool);
        }
        count_attempt(&mut task, steps.len());
        let batch = match &earlier {
            Some(earlier) => Batch::new().expect(keys.run(), earlier.version),
            None => Batch::new().expect_absent(keys.run()),
        };
        let batch = batch
            .expect(keys.state(), state.version)
            .put(keys.run(), Vec::new(), task.expires())
            .put(keys.state(), to_bytes(&task), task.expires());
        let Committed::Yes(version) = app.executor.begin(&here.lease, batch).await? else {
            return Ok(Takeover::Lost);
        };
        if earlier.is_some() {
            // What the earlier run has added before it lost its epoch.
            let last = steps.last().map_or(0, |(number, _)| *number);
            steps.extend(entries(store, &log, last).await?);
        }
        let run = Self {
            store: store.clone(),
            executor: Arc::clone(&app.executor),
            lease: here.lease.clone(),
            hold: here.hold.clone(),
            id: id.to_owned(),
            epoch: version,
            state: Mutex::new((task, version)),
            over: watch::Sender::new(Over::No),
        };
        let steps = steps.iter().filter_map(|(_, entry)| from_bytes(entry).ok()).collect();
        Ok(Takeover::Run(Box::new(run), Box::new(call), steps))
    }

    fn locked(&self) -> MutexGuard<'_, (TaskState, Version)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as this run has written it.
    pub(super) fn state(&self) -> TaskState {
        self.locked().0.clone()
    }

    /// Waits until this run may write no more.
    pub(super) async fn over(&self) -> Over {
        let mut over = self.over.subscribe();
        match over.wait_for(|over| *over != Over::No).await {
            Ok(over) => *over,
            Err(_) => Over::Lost,
        }
    }

    /// Returns `true` if this run may write no more.
    pub(super) fn is_over(&self) -> bool {
        *self.over.borrow() != Over::No
    }

    /// Returns `true` if another run has taken over, or the task is gone.
    pub(super) fn is_lost(&self) -> bool {
        *self.over.borrow() == Over::Lost
    }

    /// The error of a task that was started too often, if this one was.
    pub(super) fn exhausted(&self) -> Option<ProtocolError> {
        let (state, _) = &*self.locked();
        (state.attempts > state.max_attempts).then(|| {
            ProtocolError::internal(format!(
                "the task was started {} times without a step forward, and its server ended each time",
                state.max_attempts
            ))
        })
    }

    /// Changes the state. Returns `false` if this run may not write any more.
    pub(super) async fn change(&self, change: impl FnOnce(&mut TaskState)) -> bool {
        let (mut state, version) = self.locked().clone();
        change(&mut state);
        state.updated = now();
        let keys = Keys(&self.id);
        let mut batch = Batch::new()
            .expect(keys.run(), self.epoch)
            .expect(keys.state(), version)
            .put(keys.state(), to_bytes(&state), state.expires())
            .publish(keys.topic(), Vec::new());
        if state.status.is_terminal() {
            batch = keys.end(batch);
        }
        let ends = state.status.is_terminal();
        let written = Some(to_bytes(&state));
        let Some(version) = self.commit(batch, ends, written).await else { return false };
        *self.locked() = (state, version);
        true
    }

    /// Writes, as often as it takes. Returns `None` if this run may not write any more. `state` is that of the
    /// batch, if it has one.
    async fn commit(&self, batch: Batch, ends: bool, state: Option<Bytes>) -> Option<Version> {
        let mut pauses = pauses();
        let mut has_failed = false;
        loop {
            let batch = batch.clone();
            let committed = match ends {
                true => self.executor.complete(&self.lease, batch).await,
                false => self.store.commit(batch).await,
            };
            match committed {
                Ok(Committed::Yes(version)) => return Some(version),
                Ok(Committed::Conflict) => {
                    let record = self.current(&mut pauses).await;
                    // An attempt that failed may have been carried out.
                    if let Some(record) = &record
                        && has_failed
                        && Some(&record.value) == state.as_ref()
                    {
                        return Some(record.version);
                    }
                    self.end_with(record);
                    return None;
                }
                Err(error) => {
                    tracing::warn!(task = self.id, error = %error.report(), "a task cannot be stored now");
                    has_failed = true;
                    sleep(pauses.next().unwrap_or_default()).await;
                }
            }
        }
    }

    /// Reads the state, as often as it takes.
    async fn current(&self, pauses: &mut impl Iterator<Item = Duration>) -> Option<Record> {
        loop {
            match self.store.get(&Keys(&self.id).state()).await {
                Ok(record) => return record,
                Err(error) => {
                    tracing::warn!(task = self.id, error = %error.report(), "a task cannot be read now");
                    sleep(pauses.next().unwrap_or_default()).await;
                }
            }
        }
    }

    /// Ends this run because of a state that it has not written.
    fn end_with(&self, record: Option<Record>) {
        let state = record.and_then(|record| {
            let state: TaskState = from_bytes(&record.value).ok()?;
            Some((state, record.version)).filter(|(state, _)| state.status == TaskStatus::Cancelled)
        });
        let over = if state.is_some() { Over::Cancelled } else { Over::Lost };
        if let Some(state) = state {
            *self.locked() = state;
        }
        self.over.send_replace(over);
    }

    /// Reads whether the client has cancelled the task.
    pub(super) async fn check(&self) -> Result<(), StoreError> {
        let version = self.locked().1;
        let current = self.store.get(&Keys(&self.id).state()).await?;
        if current.as_ref().is_none_or(|it| it.version > version) {
            self.end_with(current);
        }
        Ok(())
    }

    /// Ends the task.
    pub(super) async fn end(&self, outcome: Outcome) {
        self.change(|state| state.end(outcome)).await;
    }

    /// Gives the task back: this run does not count.
    pub(super) async fn release(&self) {
        let (mut state, version) = self.locked().clone();
        state.attempts = state.attempts.saturating_sub(1);
        let keys = Keys(&self.id);
        let batch = Batch::new().expect(keys.run(), self.epoch).expect(keys.state(), version).put(
            keys.state(),
            to_bytes(&state),
            state.expires(),
        );
        if let Err(error) = self.executor.release(&self.lease, batch).await {
            tracing::warn!(task = self.id, error = %error.report(), "a task cannot be given back");
        }
    }

    /// Ends this run, because another process may have the lease.
    pub(super) fn lose(&self) {
        self.over.send_if_modified(|over| {
            let is_new = *over == Over::No;
            if is_new {
                *over = Over::Lost;
            }
            is_new
        });
    }
}

impl KeepEffects for Run {
    /// Waits while the lease may have expired, for example because this process was paused.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let holds = |hold: &Hold| match hold {
                Hold::Always => true,
                Hold::Until(time) => Instant::now() < *time,
                Hold::Lost => false,
            };
            let mut hold = self.hold.clone();
            // Without a lease, or after the end of the run, no further effect begins.
            if hold.wait_for(holds).await.is_err() {
                std::future::pending().await
            }
        })
    }

    fn keep<'a>(
        &'a self,
        key: &'a str,
        result: &'a RawValue,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let keys = Keys(&self.id);
            let step = Step { key: key.to_owned(), result: result.to_owned() };
            let expires = self.locked().0.expires();
            let batch = Batch::new().expect(keys.run(), self.epoch).append(
                keys.steps(),
                to_bytes(&step),
                expires,
            );
            if self.commit(batch, false, None).await.is_none() && self.is_lost() {
                // Another run has the rest of the work.
                std::future::pending::<()>().await;
            }
            // The answer of the store may be old, if this process was paused.
            self.ready().await;
        })
    }
}

/// Counts a run, unless the one before it made a step or waited for its client.
fn count_attempt(task: &mut TaskState, steps: usize) {
    let steps = steps as u64;
    let is_first = steps > task.steps || task.status == TaskStatus::InputRequired;
    task.attempts = if is_first { 1 } else { task.attempts + 1 };
    task.steps = steps;
}

/// All entries of a log, numbered above `after`.
pub(super) async fn entries(
    store: &Store,
    log: &str,
    mut after: u64,
) -> Result<Vec<(u64, bytes::Bytes)>, StoreError> {
    let mut all = Vec::new();
    loop {
        let page = store.entries(log, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(all) };
        after = *last;
        all.extend(page);
    }
}

/// Reads what the store has.
pub(super) fn from_bytes<T: serde::de::DeserializeOwned>(
    bytes: &[u8],
) -> Result<T, serde_json::Error> {
    serde_json::from_slice(bytes)
}
