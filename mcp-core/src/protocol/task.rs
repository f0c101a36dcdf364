//! Requests that go on after their answer: the tasks extension, and tasks of 2025-11-25.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, InputRequests, InputResponses, Meta, ResultType};
use crate::jsonrpc::ProtocolError;

/// The identifier of the tasks extension.
pub const TASKS_EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// A request that goes on, as the extension writes it. Durations are milliseconds; the names that
/// 2025-11-25 gave them are read too, and written by [`CoreTask`].
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// Its id, which nobody can guess.
    pub task_id: String,
    /// How far it is.
    pub status: TaskStatus,
    /// How far it is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// When it began, by ISO 8601.
    pub created_at: String,
    /// When it last changed, by ISO 8601.
    pub last_updated_at: String,
    /// For how long it is kept from its beginning; none is for ever.
    #[serde(alias = "ttl")]
    pub ttl_ms: Option<u64>,
    /// How often to ask for it at most.
    #[serde(alias = "pollInterval", skip_serializing_if = "Option::is_none")]
    pub poll_interval_ms: Option<u64>,
}

/// How far a task is.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TaskStatus {
    /// It goes on.
    Working,
    /// It waits for answers.
    InputRequired,
    /// It has a result, which may say that a tool failed.
    Completed,
    /// It ended with an error of the protocol.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

/// A task and what its status brings with it.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailedTask {
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// What it waits for, if it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_requests: Option<InputRequests>,
    /// What came of it, if it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// What went wrong, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ProtocolError>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A request became a task.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateTaskResult {
    /// Always [`ResultType::Task`].
    pub result_type: ResultType,
    /// The task.
    #[serde(flatten)]
    pub task: Task,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Names a task: to get it, to cancel it or, in 2025-11-25, to wait for its result.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskParams {
    /// Which task.
    pub task_id: String,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Answers what a task waits for.
///
/// Specification: [Tasks extension](https://github.com/modelcontextprotocol/ext-tasks/blob/main/specification/draft/tasks.md).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateTaskParams {
    /// Which task.
    pub task_id: String,
    /// The answers.
    pub input_responses: InputResponses,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A task as 2025-11-25 writes it.
///
/// Specification: [Task](https://modelcontextprotocol.io/specification/2025-11-25/schema#task).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoreTask {
    /// Its id.
    pub task_id: String,
    /// How far it is.
    pub status: TaskStatus,
    /// How far it is, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// When it began, by ISO 8601.
    pub created_at: String,
    /// When it last changed, by ISO 8601.
    pub last_updated_at: String,
    /// For how many milliseconds it is kept; none is for ever.
    pub ttl: Option<u64>,
    /// How often to ask for it at most, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll_interval: Option<u64>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A request became a task. Revision 2025-11-25 only.
///
/// Specification: [Creating tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#creating-tasks).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateCoreTaskResult {
    /// The task.
    pub task: CoreTask,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// One page of the tasks. Revision 2025-11-25 only.
///
/// Specification: [Listing tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#listing-tasks).
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListTasksResult {
    /// The page.
    pub tasks: Vec<CoreTask>,
    /// Where the next page starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<Cursor>,
    /// Further metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// Asks that a request become a task. Revision 2025-11-25 only.
///
/// Specification: [Creating tasks](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#creating-tasks).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskRequest {
    /// For how many milliseconds to keep it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
}

/// The task that a message belongs to, in `_meta`. Revision 2025-11-25 only.
///
/// Specification: [Related task metadata](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#related-task-metadata).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelatedTask {
    /// Which task.
    pub task_id: String,
}

/// Whether a tool runs as a task. Revision 2025-11-25 only.
///
/// Specification: [Tool-level negotiation](https://modelcontextprotocol.io/specification/2025-11-25/basic/utilities/tasks#tool-level-negotiation).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum TaskSupport {
    /// Never.
    Forbidden,
    /// If asked to.
    Optional,
    /// Always.
    Required,
    /// A value that this crate does not know.
    #[serde(untagged)]
    Other(String),
}

impl TaskStatus {
    /// Whether the task has ended, after which it does not change any more.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

impl CreateTaskResult {
    /// The task that a request became.
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
