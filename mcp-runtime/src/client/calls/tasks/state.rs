//! Tasks as servers report them, in the forms of both generations.

use std::time::Duration;

use mcp_core::jsonrpc::Raw;
use mcp_core::protocol::TaskStatus;

use crate::client::error::Error;
use crate::client::message::{JsonText, excerpt};
use crate::shorten::shorten;

/// Shortest and longest time between two requests for a task, and that of a server that states none.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(50);
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(60 * 60);
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Longest id of a task, in bytes. It is repeated in a header over HTTP.
const MAX_ID: usize = 4 << 10;

/// Longest message of a status that is kept, in bytes.
const MAX_MESSAGE: usize = 64 << 10;

/// State of a task as its server reported it. See [`Task::status`](super::Task::status).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskState {
    /// Status.
    pub status: TaskStatus,
    /// Description of the status for people, such as the progress.
    pub message: Option<String>,
    /// Time of the start, by ISO 8601.
    pub created_at: Option<String>,
    /// Time of the last change, by ISO 8601.
    pub last_updated_at: Option<String>,
    /// Time to live from the start; `None` for an unlimited one.
    pub ttl: Option<Duration>,
    /// Time between two requests of this client for the state, within bounds.
    pub poll_interval: Duration,
}

impl TaskState {
    /// State of a call that was answered at once.
    pub(super) fn completed() -> Self {
        Self {
            status: TaskStatus::Completed,
            message: None,
            created_at: None,
            last_updated_at: None,
            ttl: None,
            poll_interval: POLL_INTERVAL,
        }
    }

    /// Returns `true` if another state is an older one. Notifications and the answers to requests may
    /// overtake each other.
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        match (&self.last_updated_at, &other.last_updated_at) {
            // Times of one form are ordered as texts.
            (Some(own), Some(other)) => own.len() == other.len() && own > other,
            _ => false,
        }
    }

    /// State of a task whose server was not asked yet.
    pub(super) fn unknown(ttl: Option<Duration>) -> Self {
        Self { status: TaskStatus::Working, ttl, ..Self::completed() }
    }
}

/// Task as it was reported: its state, with the members that belong to its status.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) id: String,
    pub(super) state: TaskState,
    pub(super) input_requests: Option<JsonText>,
    pub(super) result: Option<JsonText>,
    pub(super) error: Option<JsonText>,
}

impl Report {
    /// Reads a report. Times and messages that are not of their types are left out.
    ///
    /// # Errors
    /// [`Error::Protocol`] without an id, and without a status of the protocol.
    pub(super) fn read(task: Raw<'_>) -> Result<Self, Error> {
        let expected = |what: &str| {
            let got = excerpt(task.as_str());
            Error::protocol(format!("expected a task with {what}, got {got}"))
        };
        let text = |name: &str| task.member(name).and_then(Raw::string);
        let id = text("taskId").filter(|id| !id.is_empty() && id.len() <= MAX_ID);
        let id = id.ok_or_else(|| expected("`taskId`, a string of at most 4 KiB"))?.into_owned();
        let status = task.member("status").and_then(|status| status.parse::<TaskStatus>().ok());
        let status = status.filter(|status| !matches!(status, TaskStatus::Other(_)));
        let status = status.ok_or_else(|| {
            expected("`status`, one of working, input_required, completed, failed and cancelled")
        })?;
        let milliseconds = |names: [&str; 2]| {
            let given = names.into_iter().find_map(|name| task.member(name))?;
            let given = given.parse::<f64>().ok().filter(|given| given.is_finite())?;
            // Negative numbers become zero, and too large ones the largest.
            Some(Duration::from_millis(given as u64))
        };
        let message = text("statusMessage").map(|message| bounded(&message));
        let poll_interval = milliseconds(["pollIntervalMs", "pollInterval"]);
        let state = TaskState {
            status,
            message,
            created_at: text("createdAt").map(|time| bounded(&time)),
            last_updated_at: text("lastUpdatedAt").map(|time| bounded(&time)),
            ttl: milliseconds(["ttlMs", "ttl"]),
            poll_interval: poll_interval
                .unwrap_or(POLL_INTERVAL)
                .clamp(MIN_POLL_INTERVAL, MAX_POLL_INTERVAL),
        };
        let object = |name: &str| task.member(name).filter(|it| it.is_object()).map(JsonText::of);
        Ok(Self {
            id,
            state,
            input_requests: object("inputRequests"),
            result: object("result"),
            error: object("error"),
        })
    }

    /// Reads a report about one task.
    ///
    /// # Errors
    /// [`Error::Protocol`] if it is about another one as well.
    pub(super) fn of(id: &str, task: Raw<'_>) -> Result<Self, Error> {
        let report = Self::read(task)?;
        if report.id != id {
            let (got, expected) = (shorten(&report.id), shorten(id));
            return Err(Error::protocol(format!(
                "expected the state of the task `{expected}`, got that of `{got}`"
            )));
        }
        Ok(report)
    }
}

/// The beginning of a text, if it is too long to be kept.
fn bounded(text: &str) -> String {
    let mut end = text.len().min(MAX_MESSAGE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Report, Error> {
        Report::read(Raw::from_accepted(text))
    }

    #[test]
    fn both_generations_are_read() {
        for text in [
            r#"{"taskId":"t","status":"working","statusMessage":"m","createdAt":"c","lastUpdatedAt":"u","ttlMs":60000,"pollIntervalMs":200}"#,
            r#"{"taskId":"t","status":"working","statusMessage":"m","createdAt":"c","lastUpdatedAt":"u","ttl":60000,"pollInterval":200}"#,
        ] {
            let report = read(text).unwrap();
            assert_eq!((report.id.as_str(), report.state.status), ("t", TaskStatus::Working));
            assert_eq!(report.state.message.as_deref(), Some("m"));
            assert_eq!(report.state.created_at.as_deref(), Some("c"));
            assert_eq!(report.state.last_updated_at.as_deref(), Some("u"));
            assert_eq!(report.state.ttl, Some(Duration::from_secs(60)));
            assert_eq!(report.state.poll_interval, Duration::from_millis(200));
        }
    }

    #[test]
    fn intervals_have_bounds() {
        for (given, expected) in [
            ("0", MIN_POLL_INTERVAL),
            ("-5", MIN_POLL_INTERVAL),
            ("1e300", MAX_POLL_INTERVAL),
            ("31536000000", MAX_POLL_INTERVAL),
            ("2500.5", Duration::from_millis(2500)),
            ("null", POLL_INTERVAL),
            (r#""soon""#, POLL_INTERVAL),
        ] {
            let text = format!(r#"{{"taskId":"t","status":"working","pollIntervalMs":{given}}}"#);
            assert_eq!(read(&text).unwrap().state.poll_interval, expected, "{given}");
        }
    }

    #[test]
    fn what_is_no_task_is_an_error() {
        for (text, part) in [
            ("{}", "`taskId`"),
            (r#"{"taskId":7,"status":"working"}"#, "`taskId`"),
            (r#"{"taskId":"","status":"working"}"#, "`taskId`"),
            (r#"{"taskId":"t"}"#, "`status`"),
            (r#"{"taskId":"t","status":null}"#, "`status`"),
            (r#"{"taskId":"t","status":"dreaming"}"#, "dreaming"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("expected a task") && error.contains(part), "{error}");
        }
        let other = Raw::from_accepted(r#"{"taskId":"u","status":"working"}"#);
        let error = Report::of("t", other).unwrap_err().to_string();
        assert!(error.contains("`t`") && error.contains("`u`"), "{error}");
    }
}
