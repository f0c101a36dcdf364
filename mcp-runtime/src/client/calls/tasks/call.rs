//! Calls that may become tasks.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::json;
use mcp_core::jsonrpc::Raw;
use mcp_core::method::Method;
use mcp_core::protocol::CallToolResult;

use super::reference::milliseconds;
use super::remote::{Generation, RemoteTask, capabilities};
use super::state::Report;
use super::{TOOLS_CALL, Task};
use crate::client::calls::call::Call;
use crate::client::calls::request::{ClientRequest, OnInputRequired};
use crate::client::connection::Connection;
use crate::client::connection::envelope::with_member;
use crate::client::core::{Client, Core};
use crate::client::error::Error;
use crate::client::message::JsonText;

/// A call of a tool that has not been sent yet, and may become a task. See [`Call::as_task`].
#[must_use = "a request is sent when it is awaited"]
pub struct TaskCall {
    call: Call<CallToolResult>,
    ttl: Option<Duration>,
}

impl Call<CallToolResult> {
    /// Makes the call in a way that allows the server to go on with it as a task.
    ///
    /// Awaiting it returns a [`Task`] when the server has created the task. In the modern era, the request
    /// declares the extension `io.modelcontextprotocol/tasks`, and the server decides. In 2025-11-25, the
    /// request asks for a task if the server and the tool support that; a tool that was not listed is
    /// looked up first. Servers without tasks answer at once, and the handle has their result.
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
    /// println!("{:?}: {:?}", task.id(), task.status().await?.status);
    /// let result = task.await?;
    /// assert_eq!(result.to_text(), "24 frames");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`timeout`](Self::timeout) and [`idle_timeout`](Self::idle_timeout) apply to this request. The
    /// time of `timeout` applies to each wait for the result as well; without it, such a wait has no
    /// limit. A listener of progress is called until the task is created; after that, progress is the
    /// message of its state.
    pub fn as_task(self) -> TaskCall {
        TaskCall { call: self, ttl: None }
    }
}

impl TaskCall {
    /// Sets the time to live that is requested for the task, from its creation. The server may change it.
    /// Revision 2025-11-25 only; later servers decide alone.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    async fn start(self) -> Result<Task, Error> {
        let Call { client, params, mut options, .. } = self.call;
        let (mut params, core) = (params?, &client.core);
        let tool = tool_of(&params);
        let connection = core.connection_in_time(TOOLS_CALL, &mut options).await?;
        let generation = Generation::of(connection.server.revision);
        match generation {
            Some(Generation::Core) if runs_as_task(core, &connection, &tool).await? => {
                let ttl = self.ttl.map(milliseconds);
                params = with_member(&params, "task", |out| {
                    json::object(out, |task| task.optional("ttl", ttl.as_ref()));
                });
            }
            Some(Generation::Extension) => {
                options.capabilities = Some(capabilities(core, connection.server.revision));
            }
            Some(Generation::Core) | None => {}
        }
        core.mirror(Method::ToolsCall, &params, &mut options);
        let request = ClientRequest {
            on_input_required: OnInputRequired::Answer,
            accepts_tasks: generation == Some(Generation::Extension),
            ..ClientRequest::new(Method::ToolsCall, &params)
        };
        let (timeout, idle_timeout) = (options.timeout, options.idle_timeout);
        let result = core.request(request, &mut options).await?.complete()?;
        let asked = Raw::from_accepted(&params).member("task").is_some();
        let task = created(&client, &tool, &result, asked, idle_timeout)?;
        let task = task.unwrap_or_else(|| Task::finished(&client, &tool, result));
        Ok(Task { timeout, ..task })
    }
}

impl IntoFuture for TaskCall {
    type Output = Result<Task, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.start())
    }
}

impl fmt::Debug for TaskCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskCall").field("ttl", &self.ttl).finish_non_exhaustive()
    }
}

/// Waits for the result of a call whose client declares the extension for all its requests, if it has
/// become a task.
///
/// # Errors
/// Those of awaiting a [`Task`].
pub(in crate::client::calls) async fn finish_task(
    client: &Client,
    params: &str,
    result: JsonText,
    (timeout, idle_timeout): (Option<Duration>, Option<Duration>),
) -> Result<JsonText, Error> {
    match created(client, &tool_of(params), &result, false, idle_timeout)? {
        Some(task) => Task { timeout, ..task }.result_text().await,
        None => Ok(result),
    }
}

/// Refuses a task of 2025-11-25 that was not requested.
///
/// # Errors
/// [`Error::Protocol`].
pub(in crate::client::calls) fn refuse_task(result: Raw<'_>) -> Result<(), Error> {
    let is_task = result.member("content").is_none()
        && result.member("task").is_some_and(|task| task.member("taskId").is_some());
    match is_task {
        false => Ok(()),
        true => Err(Error::protocol(
            "expected a result, because this call did not request a task, got a task; use \
             `Client::call(…).as_task()` for tools that run as tasks",
        )),
    }
}

fn tool_of(params: &str) -> String {
    let name = Raw::from_accepted(params).member("name").and_then(Raw::string);
    name.map(std::borrow::Cow::into_owned).unwrap_or_default()
}

/// Reads the task from a result, if it has one. `asked` is set if the request asked for a task of
/// 2025-11-25.
///
/// # Errors
/// [`Error::Protocol`] for a task that cannot be read.
fn created(
    client: &Client,
    tool: &str,
    result: &JsonText,
    asked: bool,
    idle_timeout: Option<Duration>,
) -> Result<Option<Task>, Error> {
    let raw = result.raw();
    let is_task = |raw: Raw<'_>| raw.string().as_deref() == Some("task");
    let (generation, report) = if raw.member("resultType").is_some_and(is_task) {
        (Generation::Extension, Report::read(raw)?)
    } else if let Some(task) = raw.member("task").filter(|task| asked && task.is_object()) {
        (Generation::Core, Report::read(task)?)
    } else {
        refuse_task(raw)?;
        return Ok(None);
    };
    let remote = RemoteTask {
        client: client.clone(),
        id: report.id,
        revision: client.revision(),
        generation,
        idle_timeout,
    };
    Ok(Some(Task::created(remote, tool, report.state)))
}

/// Returns `true` if a tool of a session may be called as a task. A tool that was not listed is looked
/// up.
async fn runs_as_task(
    core: &Arc<Core>,
    connection: &Connection,
    tool: &str,
) -> Result<bool, Error> {
    let capability = connection.server.capabilities.tasks.as_ref();
    // The Python SDK 1.26 declares `tools` without `call`. The declaration of the tool decides.
    if capability.and_then(|tasks| tasks.requests.as_ref()?.tools.as_ref()).is_none() {
        return Ok(false);
    }
    if let Some(known) = core.tools.runs_as_task(tool) {
        return Ok(known);
    }
    core.relist_tools().await?;
    Ok(core.tools.runs_as_task(tool).unwrap_or_default())
}
