//! The states of a task as a stream.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::driver::{Driver, TaskEvent};
use super::{Shared, TaskState};
use crate::client::error::Error;
use crate::client::message::BoxFuture;
use crate::client::unfold::{self, Unfold};

/// The states of a task, to its end. See [`Task::updates`](super::Task::updates).
///
/// Dropping it does not cancel the task.
pub struct TaskUpdates {
    states: Unfold<Source, Result<TaskState, Error>>,
}

/// The source of the states.
enum Source {
    Driver(Box<Driver>, Arc<Shared>),
    /// The task has ended before.
    Last(TaskState),
    Ended,
}

impl TaskUpdates {
    pub(super) fn new(shared: &Arc<Shared>, timeout: Option<Duration>) -> Self {
        let source = match &shared.remote {
            Some(remote) if shared.outcome.get().is_none() => {
                let driver = Driver::new(remote, shared, timeout);
                Source::Driver(Box::new(driver), Arc::clone(shared))
            }
            _ => Source::Last(shared.state()),
        };
        Self { states: Unfold::new(source, next_state) }
    }

    /// Returns the next state; `None` after the last one, or after an error.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<TaskState, Error>> {
        unfold::next(self).await
    }
}

type NextState = Option<(Result<TaskState, Error>, Source)>;

fn next_state(mut source: Source) -> BoxFuture<'static, NextState> {
    Box::pin(async move {
        match &mut source {
            Source::Ended => None,
            Source::Last(state) => Some((Ok(state.clone()), Source::Ended)),
            Source::Driver(driver, shared) => match driver.next().await {
                Ok(TaskEvent::State(state)) => Some((Ok(state), source)),
                Ok(TaskEvent::Done(outcome)) => {
                    // Another wait for it may have got it before.
                    let _ = shared.outcome.set(outcome);
                    None
                }
                Err(error) => Some((Err(error), Source::Ended)),
            },
        }
    })
}

impl Stream for TaskUpdates {
    type Item = Result<TaskState, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.states).poll_next(cx)
    }
}

impl fmt::Debug for TaskUpdates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskUpdates").finish_non_exhaustive()
    }
}
