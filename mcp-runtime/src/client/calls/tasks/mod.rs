//! Calls that go on as tasks of the server, and handles of them.
//!
//! [`TaskCall`] starts one. A [`Task`] is followed to its end by a [`Driver`], in the future of the caller:
//! in the modern era it listens to the changes of the task and requests its state from time to time; in
//! 2025-11-25 it waits for `tasks/result`, in which the server asks its questions, and requests the state
//! meanwhile.
//!
//! Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md),
//! and of 2025-11-25 [Tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks).

mod call;
mod driver;
mod questions;
mod reference;
mod remote;
mod state;
mod updates;
mod watching;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use mcp_core::protocol::CallToolResult;
use serde::de::DeserializeOwned;

use super::results::{parse_output, parse_result};
use super::rounds::ResultType;
use crate::client::core::Client;
use crate::client::error::Error;
use crate::client::message::JsonText;
use driver::{Driver, TaskEvent};
use questions::SeenQuestions;
use reference::{milliseconds, now_ms};
use remote::{Generation, RemoteTask};

pub use call::TaskCall;
pub(super) use call::{finish_task, refuse_task};
pub use reference::TaskReference;
pub use state::TaskState;
pub use updates::TaskUpdates;

/// Name of the method whose results tasks have.
const TOOLS_CALL: &str = "tools/call";

/// A call of a tool that goes on at the server. See [`Call::as_task`](super::Call::as_task).
///
/// Awaiting it, or a reference to it, waits for the result. Meanwhile, handlers of the client answer the
/// questions of the task. Dropping that future, or the handle, does not cancel the task:
/// [`cancel`](Self::cancel) does.
///
/// Clones are handles of the same task.
#[must_use = "the result of a task is returned when it is awaited"]
#[derive(Clone)]
pub struct Task {
    shared: Arc<Shared>,
    timeout: Option<Duration>,
}

/// State that the clones of a handle share.
struct Shared {
    client: Client,
    tool: String,
    /// `None` if the server answered at once.
    remote: Option<RemoteTask>,
    questions: Arc<SeenQuestions>,
    created_ms: u64,
    state: Mutex<TaskState>,
    outcome: OnceLock<Result<JsonText, Error>>,
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, TaskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state that was observed last.
    fn state(&self) -> TaskState {
        self.locked().clone()
    }

    /// Stores a state. A task that has ended stays so.
    fn observe(&self, state: &TaskState) {
        let mut last = self.locked();
        if !last.status.is_terminal() {
            last.clone_from(state);
        }
    }
}

impl Client {
    /// Resumes a task of a server, which this or another client has created.
    ///
    /// No request is sent. A task that has expired, or belongs to another caller, is
    /// [`Error::TaskNotFound`] when it is used.
    ///
    /// See [`Task::reference`] for an example.
    ///
    /// # Errors
    /// [`Error::Argument`] if the task was created in a revision whose tasks differ from those of this
    /// connection.
    pub fn resume_task(&self, reference: &TaskReference) -> Result<Task, Error> {
        let (created_in, revision) = (reference.generation()?, self.revision());
        if Generation::of(revision) != Some(created_in) {
            return Err(Error::argument(format!(
                "expected a task of a revision whose tasks are those of {revision}, got one of {}; \
                 connect with the `era` or `revision` in which the task was created",
                crate::shorten::shorten(&reference.revision)
            )));
        }
        let remote = RemoteTask {
            client: self.clone(),
            id: reference.task_id.clone(),
            revision,
            generation: created_in,
            idle_timeout: None,
        };
        let state = TaskState::unknown(reference.ttl_ms.map(Duration::from_millis));
        let shared = Shared {
            client: self.clone(),
            tool: reference.tool.clone(),
            remote: Some(remote),
            questions: Arc::default(),
            created_ms: reference.created_ms,
            state: Mutex::new(state),
            outcome: OnceLock::new(),
        };
        Ok(Task { shared: Arc::new(shared), timeout: None })
    }
}

impl Task {
    /// Creates the handle of a call that was answered at once.
    fn finished(client: &Client, tool: &str, result: JsonText) -> Self {
        let shared = Shared {
            client: client.clone(),
            tool: tool.to_owned(),
            remote: None,
            questions: Arc::default(),
            created_ms: now_ms(),
            state: Mutex::new(TaskState::completed()),
            outcome: OnceLock::from(Ok(result)),
        };
        Self { shared: Arc::new(shared), timeout: None }
    }

    /// Creates the handle of a task that the server has created.
    fn created(remote: RemoteTask, tool: &str, state: TaskState) -> Self {
        let shared = Shared {
            client: remote.client.clone(),
            tool: tool.to_owned(),
            remote: Some(remote),
            questions: Arc::default(),
            created_ms: now_ms(),
            // Its outcome is requested, whatever its status is by now.
            state: Mutex::new(state),
            outcome: OnceLock::new(),
        };
        Self { shared: Arc::new(shared), timeout: None }
    }

    /// Returns the id of the task; `None` if the server answered the call at once.
    pub fn id(&self) -> Option<&str> {
        self.shared.remote.as_ref().map(|remote| remote.id.as_str())
    }

    /// Returns the name of the tool.
    pub fn tool(&self) -> &str {
        &self.shared.tool
    }

    /// Returns a reference to the task, which can be serialised and resumed in another process; `None` if
    /// the server answered the call at once.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error, TaskReference};
    /// # use mcp_runtime::prelude::*;
    /// # /// Render a film.
    /// # #[tool(task)]
    /// # async fn render(frames: u32) -> String { format!("{frames} frames") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let client = Client::in_memory(Server::new("films", "1.0.0").with::<render>()).connect().await?;
    /// let task = client.call("render", serde_json::json!({ "frames": 24 })).as_task().await?;
    /// let reference = task.reference().ok_or("it is done already")?;
    /// let stored = serde_json::to_string(&reference)?;
    /// // Later, for example in another process:
    /// let reference: TaskReference = serde_json::from_str(&stored)?;
    /// let result = client.resume_task(&reference)?.await?;
    /// assert_eq!(result.to_text(), "24 frames");
    /// # Ok(())
    /// # }
    /// ```
    pub fn reference(&self) -> Option<TaskReference> {
        let remote = self.shared.remote.as_ref()?;
        Some(TaskReference {
            task_id: remote.id.clone(),
            tool: self.shared.tool.clone(),
            revision: remote.revision.as_str().to_owned(),
            created_ms: self.shared.created_ms,
            ttl_ms: self.shared.locked().ttl.map(milliseconds),
        })
    }

    /// Sets the longest time for which each of the following waits for the result takes, instead of that of
    /// the call; no limit by default. Time in which handlers of the client answer does not count. The
    /// task goes on when the time is over.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Requests the state of the task. Its questions are not answered by this.
    ///
    /// # Errors
    /// [`Error::TaskNotFound`], and the errors of any request.
    pub async fn status(&self) -> Result<TaskState, Error> {
        match &self.shared.remote {
            Some(remote) if self.shared.outcome.get().is_none() => {
                let state = remote.get().await?.state;
                self.shared.observe(&state);
                Ok(state)
            }
            _ => Ok(self.shared.state()),
        }
    }

    /// Follows the task to its end, and returns its states as a stream: the present one, each change, and
    /// the last one. Handlers of the client answer its questions meanwhile.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, Error};
    /// # use mcp_runtime::prelude::*;
    /// # /// Render a film.
    /// # #[tool(task)]
    /// # async fn render(frames: u32) -> String { format!("{frames} frames") }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let client = Client::in_memory(Server::new("films", "1.0.0").with::<render>()).connect().await?;
    /// let task = client.call("render", serde_json::json!({ "frames": 24 })).as_task().await?;
    /// let mut updates = task.updates();
    /// while let Some(state) = updates.next().await {
    ///     println!("{}", state?.message.unwrap_or_default());
    /// }
    /// let result = task.await?;
    /// # assert_eq!(result.to_text(), "24 frames");
    /// # Ok(())
    /// # }
    /// ```
    pub fn updates(&self) -> TaskUpdates {
        TaskUpdates::new(&self.shared, self.timeout)
    }

    /// Requests that the task is cancelled. The server decides when it ends, and may complete it all the
    /// same. A task that has ended stays as it is.
    ///
    /// # Errors
    /// [`Error::TaskNotFound`], [`Error::Argument`] if the server does not support it, and the errors of
    /// any request.
    pub async fn cancel(&self) -> Result<(), Error> {
        let Some(remote) = &self.shared.remote else { return Ok(()) };
        if self.shared.outcome.get().is_some() {
            return Ok(());
        }
        if remote.generation == Generation::Extension {
            return remote.cancel().await.map_err(|error| remote.found(error));
        }
        let server = self.shared.client.server_info();
        if server.capabilities.tasks.as_ref().is_none_or(|tasks| tasks.cancel.is_none()) {
            return Err(Error::argument(
                "expected a server that declares `tasks.cancel`, got one whose tasks cannot be \
                 cancelled; let the task expire",
            ));
        }
        match remote.cancel().await {
            // A task that has ended is refused like one that does not exist.
            Err(error @ Error::Remote(_)) => match remote.get().await?.state.status.is_terminal() {
                true => Ok(()),
                false => Err(error),
            },
            outcome => outcome,
        }
    }

    /// Waits for the result and parses its output as a type, as [`Client::call_as`] does.
    ///
    /// # Errors
    /// Those of awaiting the task, and of [`Client::call_as`].
    pub async fn result_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        parse_output(&self.shared.tool, &self.wait().await?)
    }

    async fn wait(&self) -> Result<CallToolResult, Error> {
        parse_result(TOOLS_CALL, self.result_text().await?.as_str())
    }

    /// Waits for the result, and validates it.
    async fn result_text(&self) -> Result<JsonText, Error> {
        let result = match self.shared.outcome.get() {
            Some(outcome) => outcome.clone()?,
            None => self.drive().await?,
        };
        if let ResultType::InputRequired(_) = ResultType::of(&result, false)? {
            return Err(Error::protocol("expected the result of a task, got questions"));
        }
        refuse_task(result.raw())?;
        self.shared.client.core.tools.validate_output(&self.shared.tool, result.raw())?;
        Ok(result)
    }

    async fn drive(&self) -> Result<JsonText, Error> {
        let shared = &self.shared;
        let Some(remote) = &shared.remote else {
            return Err(Error::protocol("expected a task, got none"));
        };
        let mut driver = Driver::new(remote, shared, self.timeout);
        loop {
            if let TaskEvent::Done(outcome) = driver.next().await? {
                return shared.outcome.get_or_init(|| outcome).clone();
            }
        }
    }
}

/// Waits for the result.
///
/// # Errors
/// [`Error::Remote`] with the error of the protocol that the task failed with,
/// [`Error::TaskCancelled`], [`Error::TaskNotFound`], [`Error::Timeout`], [`Error::Handler`] if a handler
/// of the client cannot answer, [`Error::InvalidOutput`], and the errors of any request.
impl IntoFuture for Task {
    type Output = Result<CallToolResult, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.wait().await })
    }
}

/// Waits for the result, as awaiting the handle itself does.
impl IntoFuture for &Task {
    type Output = Result<CallToolResult, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.clone().into_future()
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.id())
            .field("tool", &self.shared.tool)
            .field("state", &self.shared.state())
            .finish_non_exhaustive()
    }
}
