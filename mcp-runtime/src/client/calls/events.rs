//! The progress of a request and its result as one stream.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use mcp_core::protocol::ProgressParams;

use crate::client::connection::exchange::OnProgress;
use crate::client::error::Error;
use crate::client::message::BoxFuture;
use crate::client::unfold;

/// Largest number of progress notifications that are queued; beyond it the oldest are dropped.
const MAX_PROGRESS: usize = 64;

/// An event of a request. See [`Call::events`](super::Call::events).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallEvent<T> {
    /// The request has made progress.
    Progress(ProgressParams),
    /// The request is done.
    Done(T),
}

/// The progress of a request and then its result. See [`Call::events`](super::Call::events).
///
/// Dropping it cancels the request.
pub struct CallEvents<T> {
    progress: ProgressQueue,
    result: Option<BoxFuture<'static, Result<T, Error>>>,
    /// Result that is held back until all progress before it was read.
    done: Option<Result<T, Error>>,
}

/// The progress notifications that were not read yet.
#[derive(Clone, Default)]
pub(super) struct ProgressQueue(Arc<Mutex<VecDeque<ProgressParams>>>);

impl ProgressQueue {
    /// Creates a listener that fills the queue.
    pub(super) fn listener(&self) -> OnProgress {
        let queue = self.clone();
        Box::new(move |progress| {
            let mut queue = queue.0.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.len() == MAX_PROGRESS {
                queue.pop_front();
            }
            queue.push_back(progress);
        })
    }

    fn pop(&self) -> Option<ProgressParams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl<T> Unpin for CallEvents<T> {}

impl<T> CallEvents<T> {
    pub(super) fn new(
        progress: ProgressQueue,
        result: BoxFuture<'static, Result<T, Error>>,
    ) -> Self {
        Self { progress, result: Some(result), done: None }
    }

    /// Returns the next event; `None` after the result.
    pub async fn next(&mut self) -> Option<Result<CallEvent<T>, Error>> {
        unfold::next(self).await
    }
}

impl<T> Stream for CallEvents<T> {
    type Item = Result<CallEvent<T>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(running) = &mut self.result
            && let Poll::Ready(done) = running.as_mut().poll(cx)
        {
            self.result = None;
            self.done = Some(done);
        }
        match (self.progress.pop(), self.done.is_some()) {
            (Some(progress), _) => Poll::Ready(Some(Ok(CallEvent::Progress(progress)))),
            (None, true) => Poll::Ready(self.done.take().map(|done| done.map(CallEvent::Done))),
            (None, false) if self.result.is_some() => Poll::Pending,
            (None, false) => Poll::Ready(None),
        }
    }
}

impl<T> fmt::Debug for CallEvents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallEvents").finish_non_exhaustive()
    }
}
