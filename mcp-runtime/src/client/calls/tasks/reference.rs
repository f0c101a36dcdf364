//! References to tasks, which outlive the process that created the task.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mcp_core::revision::Revision;
use serde::{Deserialize, Serialize};

use super::remote::Generation;
use crate::client::error::Error;
use crate::shorten::shorten;

/// Reference to a task, which can be serialised and resumed by another process with
/// [`Client::resume_task`](crate::client::Client::resume_task).
///
/// It names no server and contains no credentials. Whoever has it can use the task only with the
/// permissions of the caller that created it, unless the server is open to all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TaskReference {
    /// Id of the task.
    pub task_id: String,
    /// Name of the tool.
    pub tool: String,
    /// Revision of the protocol in which the task was created.
    pub revision: String,
    /// Time of the creation by the clock of the client, in milliseconds since 1970.
    pub created_ms: u64,
    /// Time to live from the creation, in milliseconds; absent for an unlimited one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<u64>,
}

impl TaskReference {
    /// Returns the time at which the server may discard the task; `None` if it states none.
    pub fn expires(&self) -> Option<SystemTime> {
        let expires = Duration::from_millis(self.created_ms.saturating_add(self.ttl_ms?));
        UNIX_EPOCH.checked_add(expires)
    }

    /// Returns the generation of tasks that the reference belongs to.
    ///
    /// # Errors
    /// [`Error::Argument`] for a revision without tasks.
    pub(super) fn generation(&self) -> Result<Generation, Error> {
        let found = Revision::parse(&self.revision).and_then(Generation::of);
        found.ok_or_else(|| {
            let got = shorten(&self.revision);
            Error::argument(format!(
                "expected a reference to a task with a revision of the protocol that has tasks, got \
                 the revision `{got}`"
            ))
        })
    }
}

/// The time now, in milliseconds since 1970.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, milliseconds)
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
