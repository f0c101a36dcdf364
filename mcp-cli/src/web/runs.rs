//! Requests that the page has the inspector make.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mcp_runtime::client::{Client, Error, Task, TaskState};
use mcp_runtime::protocol::{ProgressParams, TaskStatus};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use super::inspector::Shared;
use super::{Era, now_ms};

/// Maximum number of runs that go on at the same time.
const MAX_RUNNING: usize = 64;

/// Maximum number of runs that are kept after their end, and of bytes in their arguments and results.
const MAX_ENDED: usize = 50;
const MAX_ENDED_BYTES: usize = 16 << 20;

/// Time between two reports of progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// The runs, by their numbers.
pub(super) struct Runs {
    shared: Arc<Shared>,
    next: AtomicU64,
    all: Mutex<BTreeMap<u64, Entry>>,
}

struct Entry {
    run: Run,
    /// Ends the run.
    cancel: Option<oneshot::Sender<()>>,
    task: Option<Task>,
}

/// A request.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "method")]
pub(super) enum Action {
    #[serde(rename = "tools/call")]
    Call {
        name: String,
        #[serde(default)]
        arguments: Map<String, Value>,
        /// `true` to ask the server for a task.
        #[serde(default)]
        task: bool,
    },
    #[serde(rename = "resources/read")]
    Read { uri: String },
    #[serde(rename = "prompts/get")]
    Prompt {
        name: String,
        #[serde(default)]
        arguments: BTreeMap<String, String>,
    },
    #[serde(rename = "ping")]
    Ping,
}

/// A request in an era, as the page gets it.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run {
    id: u64,
    /// Number of the request of the page, which may have several runs.
    group: u64,
    era: Era,
    action: Action,
    status: Status,
    /// Start, in milliseconds since 1970.
    at: u64,
    /// Duration in milliseconds, once it has ended.
    ms: Option<f64>,
    /// Number of the first message of the run, and of that after the last one.
    first_message: u64,
    end_message: Option<u64>,
    progress: Option<ProgressParams>,
    remote_task: Option<RemoteTask>,
    result: Option<Box<RawValue>>,
    error: Option<Failed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Running,
    Done,
    Failed,
    Cancelled,
}

/// A task of the server.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct RemoteTask {
    task_id: String,
    status: TaskStatus,
    status_message: Option<String>,
    ttl_ms: Option<u64>,
}

#[derive(Clone, Serialize)]
struct Failed {
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum Event<'a> {
    Run { run: &'a Run },
    Progress { id: u64, progress: &'a ProgressParams },
}

type Latest = Arc<Mutex<Option<ProgressParams>>>;

impl Runs {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        let shared = Arc::clone(shared);
        Self { shared, next: AtomicU64::new(1), all: Mutex::default() }
    }

    /// Starts a request over clients, and returns the numbers of the runs.
    ///
    /// # Errors
    /// The reason if there are too many.
    pub(super) fn start(
        self: &Arc<Self>,
        clients: Vec<(Era, Client)>,
        action: &Action,
    ) -> Result<Vec<u64>, String> {
        let is_running = |entry: &&Entry| entry.run.status == Status::Running;
        if self.entries().values().filter(is_running).count() + clients.len() > MAX_RUNNING {
            return Err(format!("{MAX_RUNNING} requests are running already; cancel one of them"));
        }
        let mut ids = Vec::new();
        for (era, client) in clients {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            ids.push(id);
            let run = Run {
                id,
                group: ids.first().copied().unwrap_or(id),
                era,
                action: action.clone(),
                status: Status::Running,
                at: now_ms(),
                ms: None,
                first_message: self.shared.wire.next(),
                end_message: None,
                progress: None,
                remote_task: None,
                result: None,
                error: None,
            };
            let (cancel, cancelled) = oneshot::channel();
            {
                // A page that connects now gets the run as an event, or with the others.
                let mut entries = self.entries();
                self.shared.hub.send(&Event::Run { run: &run });
                entries.insert(id, Entry { run, cancel: Some(cancel), task: None });
            }
            tokio::spawn(Arc::clone(self).run(id, client, action.clone(), cancelled));
        }
        Ok(ids)
    }

    /// Cancels a run, or asks the server to cancel its task.
    ///
    /// # Errors
    /// The reason if that is not possible.
    pub(super) async fn cancel(&self, id: u64) -> Result<(), String> {
        let task = {
            let mut entries = self.entries();
            let entry = entries.get_mut(&id).ok_or_else(|| format!("there is no run {id}"))?;
            match entry.task.clone() {
                Some(task) => task,
                None => {
                    if let Some(cancel) = entry.cancel.take() {
                        // It may have ended meanwhile.
                        let _ = cancel.send(());
                    }
                    return Ok(());
                }
            }
        };
        task.cancel().await.map_err(|error| error.report().to_string())
    }

    /// The runs that are kept.
    pub(super) fn all(&self) -> Vec<Run> {
        self.entries().values().map(|entry| entry.run.clone()).collect()
    }

    async fn run(
        self: Arc<Self>,
        id: u64,
        client: Client,
        action: Action,
        mut cancelled: oneshot::Receiver<()>,
    ) {
        let started = Instant::now();
        let latest = Latest::default();
        let performing = self.perform(id, &client, action, &latest);
        tokio::pin!(performing);
        let mut tick = tokio::time::interval(PROGRESS_INTERVAL);
        let (status, outcome) = loop {
            tokio::select! {
                biased;
                Ok(()) = &mut cancelled => break (Status::Cancelled, None),
                outcome = &mut performing => {
                    let status = if outcome.is_ok() { Status::Done } else { Status::Failed };
                    break (status, Some(outcome));
                }
                _ = tick.tick() => self.report_progress(id, &latest),
            }
        };
        let elapsed = started.elapsed();
        self.report_progress(id, &latest);
        self.change(id, |run| {
            run.status = status;
            run.ms = Some((elapsed.as_secs_f64() * 1e5).round() / 100.0);
            run.end_message = Some(self.shared.wire.next());
            match outcome {
                Some(Ok(result)) => run.result = Some(result),
                Some(Err(error)) => run.error = Some(Failed::of(&error)),
                None => {}
            }
        });
        self.forget_oldest();
    }

    async fn perform(
        &self,
        id: u64,
        client: &Client,
        action: Action,
        latest: &Latest,
    ) -> Result<Box<RawValue>, Error> {
        let latest = Arc::clone(latest);
        let on_progress = move |progress| *lock(&latest) = Some(progress);
        let result = match action {
            Action::Call { name, arguments, task: false } => {
                to_raw_value(&client.call(name, arguments).on_progress(on_progress).await?)
            }
            Action::Call { name, arguments, task: true } => {
                let task = client.call(name, arguments).on_progress(on_progress).as_task().await?;
                if let Some(entry) = self.entries().get_mut(&id) {
                    entry.task = task.id().map(|_| task.clone());
                }
                let mut updates = task.updates();
                while let Some(state) = updates.next().await {
                    self.report_task(id, &task, state?);
                }
                to_raw_value(&task.await?)
            }
            Action::Read { uri } => to_raw_value(&client.read(uri).fresh().await?),
            Action::Prompt { name, arguments } => {
                to_raw_value(&client.prompt(name, arguments).await?)
            }
            Action::Ping => to_raw_value(&client.ping().await.map(|()| Map::new())?),
        };
        result.map_err(|error| Error::argument(format!("the result cannot be shown: {error}")))
    }

    fn report_progress(&self, id: u64, latest: &Latest) {
        let Some(progress) = lock(latest).take() else { return };
        self.shared.hub.send(&Event::Progress { id, progress: &progress });
        if let Some(entry) = self.entries().get_mut(&id) {
            entry.run.progress = Some(progress);
        }
    }

    fn report_task(&self, id: u64, task: &Task, state: TaskState) {
        let Some(task_id) = task.id() else { return };
        let ttl_ms = state.ttl.map(|ttl| u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX));
        let remote = RemoteTask {
            task_id: task_id.to_owned(),
            status: state.status,
            status_message: state.message,
            ttl_ms,
        };
        self.change(id, |run| run.remote_task = Some(remote));
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Run)) {
        let mut entries = self.entries();
        let Some(entry) = entries.get_mut(&id) else { return };
        change(&mut entry.run);
        self.shared.hub.send(&Event::Run { run: &entry.run });
    }

    /// Removes the oldest runs that have ended, down to the limits.
    fn forget_oldest(&self) {
        let mut entries = self.entries();
        let ended = entries.values().filter(|entry| entry.run.status != Status::Running);
        let sizes: Vec<_> = ended.map(|entry| (entry.run.id, entry.run.size())).collect();
        let mut bytes: usize = sizes.iter().map(|(_, size)| size).sum();
        for (index, (id, size)) in sizes.iter().enumerate() {
            if sizes.len() - index <= MAX_ENDED && bytes <= MAX_ENDED_BYTES {
                return;
            }
            bytes -= size;
            entries.remove(id);
        }
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        lock(&self.all)
    }
}

impl Run {
    /// Bytes of the arguments and of the result.
    fn size(&self) -> usize {
        let arguments = match &self.action {
            Action::Call { arguments, .. } => {
                serde_json::to_string(arguments).map_or(0, |text| text.len())
            }
            Action::Prompt { arguments, .. } => arguments.values().map(String::len).sum(),
            Action::Read { .. } | Action::Ping => 0,
        };
        arguments + self.result.as_ref().map_or(0, |result| result.get().len())
    }
}

impl Failed {
    fn of(error: &Error) -> Self {
        let remote = error.remote();
        Self {
            message: error.report().to_string(),
            code: remote.map(|error| error.code.0),
            data: remote.and_then(|error| error.data.clone()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
