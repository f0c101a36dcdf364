//! What makes the answer to a POST, and how the answer is sent: as JSON if it is all there is to
//! say, otherwise as a stream of events.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{Response, StatusCode};
use mcp_core::jsonrpc::ErrorCode;
use tokio::sync::oneshot;

use super::events::Events;
use super::headers::Accepts;
use super::queue::Queue;
use super::response::{self, HttpBody};
use crate::server::connection::Refused;
use crate::server::running::{Completed, Running};

/// An answer, rendered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) json: Vec<u8>,
}

impl Answer {
    /// The answer to a request of a session, which says in JSON alone whether it is an error.
    pub(super) fn in_session(completed: &Completed) -> Self {
        Self { status: StatusCode::OK, json: completed.to_vec() }
    }

    /// The answer to a request that stands alone, as its handler gave it.
    pub(super) fn of_handler(completed: &Completed) -> Self {
        let status = match completed.error_code() {
            Some(ErrorCode::MISSING_CLIENT_CAPABILITY) => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        Self { status, json: completed.to_vec() }
    }

    /// The answer to a request that stands alone and reached no handler.
    pub(super) fn of_dispatch(completed: &Completed) -> Self {
        let status = match completed.error_code() {
            Some(ErrorCode::METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
            _ => return Self::of_handler(completed),
        };
        Self { status, json: completed.to_vec() }
    }

    /// The error for a message of a session that is refused after its status was decided.
    pub(super) fn refused(refused: &Refused) -> Self {
        let mut json = Vec::with_capacity(128);
        refused.write(&mut json);
        Self { status: StatusCode::BAD_REQUEST, json }
    }
}

/// What makes an answer.
pub(super) enum Source {
    /// The answer is there; `None` if there will be none.
    Answered(Option<Answer>),
    /// A handler that is driven by the response, and is dropped with it.
    Handler(Running),
    /// The answers to an array of messages, unless all its requests are cancelled.
    Array(oneshot::Receiver<Answer>),
}

impl Source {
    /// Drives what makes the answer; `None` if it was cancelled, or if there is none.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Answer>> {
        Poll::Ready(match self {
            Self::Answered(answer) => answer.take(),
            Self::Handler(running) => Some(Answer::of_handler(&ready!(Pin::new(running).poll(cx)))),
            Self::Array(answers) => ready!(Pin::new(answers).poll(cx)).ok(),
        })
    }
}

/// Waits for the answer or for the first thing that is said before it, whichever comes first.
///
/// Whoever drops the future, or the body of the response, has gone away; what the source drives
/// itself is dropped with it.
pub(super) async fn respond(
    mut source: Source,
    queue: Arc<Queue>,
    accepts: Accepts,
    keep_alive: Duration,
) -> Response<HttpBody> {
    let ended = poll_fn(|cx| match source.poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if queue.poll_filled(cx) => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    });
    let source = match ended.await {
        None => source,
        Some(Some(answer)) if is_json(&answer, &queue, accepts) => {
            return response::json(answer.status, answer.json);
        }
        Some(answer) => Source::Answered(answer),
    };
    response::events(Events::new(source, queue, keep_alive))
}

/// Whether an answer is sent as JSON: nothing was said before it, and the client reads that. Errors
/// that have a status of their own always are, for which what was said before and not sent yet is
/// let go.
fn is_json(answer: &Answer, queue: &Queue, accepts: Accepts) -> bool {
    answer.status != StatusCode::OK || (queue.is_empty() && accepts.json)
}
