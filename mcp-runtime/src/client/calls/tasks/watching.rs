//! What a client waits for besides the state of a task: its changes, or in 2025-11-25 its result.

use mcp_core::method::Method;

use super::remote::{Generation, RemoteTask};
use super::state::Report;
use crate::client::error::Error;
use crate::client::message::{BoxFuture, JsonText, Notification};
use crate::client::transport::{Replies, Reply};

/// A request that stays open while the task runs.
pub(super) enum Watching {
    /// A stream of changes that the server has not accepted yet.
    Opening(BoxFuture<'static, Result<Option<Box<dyn Replies>>, Error>>),
    /// A stream of changes.
    Listening(Box<dyn Replies>),
    /// The result of a task of 2025-11-25.
    Result(BoxFuture<'static, Result<JsonText, Error>>),
    /// The request broke off.
    Broken,
    /// The server does not offer it.
    Off,
}

/// Received message.
pub(super) enum Seen {
    /// The stream of changes is open.
    Listening,
    Report(Result<Report, Error>),
    Result(Result<JsonText, Error>),
    /// There are no changes to be received.
    Ended,
}

impl Watching {
    pub(super) fn start(task: &RemoteTask) -> Self {
        let task = task.clone();
        match task.generation {
            Generation::Core => Self::Result(Box::pin(async move { task.result().await })),
            Generation::Extension => Self::Opening(Box::pin(async move { task.listen().await })),
        }
    }

    /// Starts again, unless the request is open.
    pub(super) fn restart(&mut self, task: &RemoteTask) {
        if matches!(self, Self::Broken | Self::Off) {
            *self = Self::start(task);
        }
    }

    pub(super) fn is_listening(&self) -> bool {
        matches!(self, Self::Listening(_))
    }

    pub(super) fn is_broken(&self) -> bool {
        matches!(self, Self::Broken)
    }

    /// Waits for the next message.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn next(&mut self, task: &RemoteTask) -> Seen {
        match self {
            Self::Opening(opening) => match opening.await {
                Ok(Some(replies)) => {
                    *self = Self::Listening(replies);
                    Seen::Listening
                }
                // The requests for the state show whether more is wrong.
                Ok(None) | Err(Error::Remote(_) | Error::Protocol { .. } | Error::Http(_)) => {
                    *self = Self::Off;
                    Seen::Ended
                }
                Err(_) => {
                    *self = Self::Broken;
                    Seen::Ended
                }
            },
            Self::Listening(replies) => loop {
                match replies.next().await {
                    Ok(Reply::Notification(notification)) => {
                        if let Some(report) = report(task, &notification) {
                            return Seen::Report(report);
                        }
                    }
                    Ok(Reply::Missed) => return Seen::Listening,
                    Ok(Reply::Response(_)) | Err(_) => {
                        *self = Self::Broken;
                        return Seen::Ended;
                    }
                }
            },
            Self::Result(result) => {
                let result = result.await;
                *self = match &result {
                    Ok(_) | Err(Error::Remote(_)) => Self::Off,
                    _ => Self::Broken,
                };
                Seen::Result(result)
            }
            Self::Broken | Self::Off => std::future::pending().await,
        }
    }
}

/// Reads the notification of a change, if it is one of the task.
fn report(task: &RemoteTask, notification: &Notification) -> Option<Result<Report, Error>> {
    if &*notification.method != Method::TaskStatus.as_str() {
        return None;
    }
    let report = Report::read(notification.params.raw());
    let is_other = report.as_ref().is_ok_and(|report| report.id != task.id);
    (!is_other).then_some(report)
}
