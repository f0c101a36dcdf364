//! Tasks: requests that continue after their response, by the tasks extension and by 2025-11-25.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::builders::{constructor, setters};
use super::{Cursor, InputRequests, InputResponses, Meta, ResultType};
use crate::jsonrpc::ProtocolError;
use crate::lenient::decoration;

/// Identifier of the tasks extension.
pub const TASKS_EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// Task in the form of the extension. Durations are milliseconds; their names of 2025-11-25 are
/// accepted too, and written by [`CoreTask`].
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Task {
    /// Id, which cannot be guessed.
    pub task_id: String,
    /// Status.
    pub status: TaskStatus,
    /// Status, for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Time of its start, by ISO 8601.
    pub created_at: String,
    /// Time of its last change, by ISO 8601.
    pub last_updated_at: String,
    /// Time to live from its start; `None` for an unlimited one.
    #[serde(alias = "ttl")]
    pub ttl_ms: Option<u64>,
    /// Minimum interval between requests for it.
    #[serde(alias = "pollInterval", skip_serializing_if = "Option::is_none")]
    pub poll_interval_ms: Option<u64>,
}

/// Status of a task.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskStatus {
    /// The task runs.
    Working,
    /// The task waits for answers.
    InputRequired,
    /// The task has a result, possibly that of a failed tool.
    Completed,
    /// The task ended with a JSON-RPC error.
    Failed,
    /// The task was cancelled.
    Cancelled,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

/// Task with its questions, its result or its error.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DetailedTask {
    /// Task.
    #[serde(flatten)]
    pub task: Task,
    /// Questions, if it waits for answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_requests: Option<InputRequests>,
    /// Result, if it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Error, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ProtocolError>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of a request that became a task.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateTaskResult {
    /// Always [`ResultType::Task`].
    pub result_type: ResultType,
    /// Task.
    #[serde(flatten)]
    pub task: Task,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `tasks/get`, `tasks/cancel` and, in 2025-11-25, `tasks/result`.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskParams {
    /// Id of the task.
    pub task_id: String,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Parameters of `tasks/update`.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateTaskParams {
    /// Id of the task.
    pub task_id: String,
    /// Answers.
    pub input_responses: InputResponses,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Task in the form of 2025-11-25.
///
/// Specification: [Task](https://modelcontextprotocol.io/specification/2025-11-25/schema#task).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CoreTask {
    /// Id.
    pub task_id: String,
    /// Status.
    pub status: TaskStatus,
    /// Status, for people.
    #[serde(default, with = "decoration", skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// Time of its start, by ISO 8601.
    pub created_at: String,
    /// Time of its last change, by ISO 8601.
    pub last_updated_at: String,
    /// Time to live in milliseconds; `None` for an unlimited one.
    pub ttl: Option<u64>,
    /// Minimum interval between requests for it, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_interval: Option<u64>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of a request that became a task. Revision 2025-11-25 only.
///
/// Specification: [Creating tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#creating-tasks).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CreateCoreTaskResult {
    /// Task.
    pub task: CoreTask,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Result of `tasks/list`. Revision 2025-11-25 only.
///
/// Specification: [Listing tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#listing-tasks).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListTasksResult {
    /// Items of the page.
    pub tasks: Vec<CoreTask>,
    /// Start of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// Further metadata.
    #[serde(
        rename = "_meta",
        default,
        with = "decoration",
        skip_serializing_if = "Option::is_none"
    )]
    pub meta: Option<Meta>,
}

/// Request to run as a task. Revision 2025-11-25 only.
///
/// Specification: [Creating tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#creating-tasks).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskRequest {
    /// Time to live in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
}

/// Task that a message belongs to, in `_meta`. Revision 2025-11-25 only.
///
/// Specification: [Related task metadata](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#related-task-metadata).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RelatedTask {
    /// Id of the task.
    pub task_id: String,
}

/// Support of a tool for tasks. Revision 2025-11-25 only.
///
/// Specification: [Tool-level negotiation](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TaskSupport {
    /// The tool does not run as a task.
    Forbidden,
    /// The tool runs as a task on request.
    Optional,
    /// The tool always runs as a task.
    Required,
    /// Value that this crate does not define.
    #[serde(untagged)]
    Other(String),
}

impl TaskStatus {
    /// `true` if the task has ended and does not change any more.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl CreateTaskResult {
    /// Creates the result of a request that became a task.
    pub fn new(task: Task) -> Self {
        Self { result_type: ResultType::Task, task, meta: None }
    }
}

impl From<Task> for DetailedTask {
    fn from(task: Task) -> Self {
        Self { task, input_requests: None, result: None, error: None, meta: None }
    }
}

impl From<Task> for CoreTask {
    fn from(task: Task) -> Self {
        Self {
            task_id: task.task_id,
            status: task.status,
            status_message: task.status_message,
            created_at: task.created_at,
            last_updated_at: task.last_updated_at,
            ttl: task.ttl_ms,
            poll_interval: task.poll_interval_ms,
            meta: None,
        }
    }
}

constructor!(
    /// Creates a task from its id, its status and the times of its start and its last change.
    Task(task_id: String, status: TaskStatus, created_at: String, last_updated_at: String) status_message ttl_ms poll_interval_ms
);

setters!(Task {
    /// Sets the status for people.
    status_message => status_message: String,
    /// Sets the time to live in milliseconds.
    ttl_ms => ttl_ms: u64,
    /// Sets the minimum interval between requests in milliseconds.
    poll_interval_ms => poll_interval_ms: u64,
});

constructor!(
    /// Creates parameters from the id of a task.
    TaskParams(task_id: String) meta
);

constructor!(
    /// Creates the answers to the questions of a task.
    UpdateTaskParams(task_id: String, input_responses: InputResponses) meta
);

constructor!(
    /// Creates the result of a request that became a task.
    CreateCoreTaskResult(task: CoreTask) meta
);

constructor!(
    /// Creates a page of tasks.
    ListTasksResult(tasks: Vec<CoreTask>) next_cursor meta
);

setters!(TaskRequest {
    /// Sets the time to live in milliseconds.
    ttl => ttl: u64,
});

constructor!(
    /// Creates a reference from the id of a task.
    RelatedTask(task_id: String)
);

#[cfg(test)]
mod tests {
    use super::{
        CoreTask, CreateCoreTaskResult, CreateTaskResult, DetailedTask, ListTasksResult, Task,
        TaskStatus, UpdateTaskParams,
    };
    use crate::protocol::samples::{keeps, refuses, rewrites};

    #[test]
    fn samples_round_trip() {
        keeps::<Task>(TASK);
        refuses::<Task>(r#"{"taskId":"t","status":"working"}"#);
        let other = keeps::<Task>(&TASK.replace("working", "dreaming"));
        assert!(!other.status.is_terminal());
        keeps::<CreateTaskResult>(&extended(r#""resultType":"task","_meta":{"x":1}"#));
        keeps::<DetailedTask>(TASK);
        keeps::<DetailedTask>(&extended(
            r#""inputRequests":{"a":{"method":"roots/list","params":{}}}"#,
        ));
        keeps::<DetailedTask>(&extended(r#""result":{"content":[]}"#));
        keeps::<DetailedTask>(&extended(r#""error":{"code":-32603,"message":"m"}"#));
        rewrites::<DetailedTask>(&extended(r#""resultType":"complete""#), TASK);
        keeps::<UpdateTaskParams>(r#"{"taskId":"t","inputResponses":{"a":{"roots":[]}}}"#);
        keeps::<CoreTask>(CORE);
        rewrites::<Task>(CORE, TASK);
        keeps::<CreateCoreTaskResult>(&format!(r#"{{"task":{CORE},"_meta":{{"x":1}}}}"#));
        keeps::<ListTasksResult>(&format!(r#"{{"tasks":[{CORE}],"nextCursor":"c"}}"#));
    }

    const TASK: &str = r#"{"taskId":"t","status":"working","statusMessage":"m","createdAt":"2026-01-01T00:00:00Z","lastUpdatedAt":"2026-01-01T00:00:01Z","ttlMs":null,"pollIntervalMs":5}"#;
    const CORE: &str = r#"{"taskId":"t","status":"working","statusMessage":"m","createdAt":"2026-01-01T00:00:00Z","lastUpdatedAt":"2026-01-01T00:00:01Z","ttl":null,"pollInterval":5}"#;

    fn extended(fields: &str) -> String {
        format!("{},{fields}}}", TASK.trim_end_matches('}'))
    }

    #[test]
    fn a_task_is_written_for_either_revision() {
        let task: Task = serde_json::from_str(TASK).unwrap();
        let core = serde_json::to_string(&CoreTask::from(task)).unwrap();
        assert_eq!(core, CORE);
    }

    #[test]
    fn ended_tasks_have_a_terminal_status() {
        let check = |status: TaskStatus, terminal: bool| assert_eq!(status.is_terminal(), terminal);
        check(TaskStatus::Working, false);
        check(TaskStatus::InputRequired, false);
        check(TaskStatus::Completed, true);
        check(TaskStatus::Failed, true);
        check(TaskStatus::Cancelled, true);
    }
}
