//! The answer to a POST: JSON, or a stream of events if the handler sends something before it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use mcp_core::jsonrpc::{ErrorCode, ProtocolError, RequestId};
use mcp_core::revision::write_error;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::events::Events;
use super::headers::Accepts;
use super::queue::Queue;
use super::response::{self, HttpBody};
use super::session::{Attended, HttpSession};
use super::shutdown::Waiting;
use crate::context::budget::{Budget, COUNTED};
use crate::server::connection::Refused;
use crate::server::running::{Completed, Running};

/// A rendered answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// A large answer counts in a budget until it is sent.
    pub(super) json: Bytes,
}

impl Answer {
    /// Renders an answer, or the error that a budget has no room for it.
    fn render(completed: &Completed, status: StatusCode, budget: &Arc<Budget>) -> Self {
        let json = completed.to_vec();
        if json.len() <= COUNTED {
            return Self { status, json: json.into() };
        }
        match budget.reserve(json.len()) {
            Ok(held) => Self { status, json: held.holding(json) },
            Err(exceeded) => {
                let mut json = Vec::with_capacity(256);
                write_error(&mut json, Some(completed.id()), &exceeded.error());
                Self { status: response::exceeded_status(exceeded), json: json.into() }
            }
        }
    }

    /// Renders the answer to a request of a session, whose status is the same for errors.
    pub(super) fn in_session(completed: &Completed, session: &HttpSession) -> Self {
        Self::render(completed, StatusCode::OK, &session.connection.budget)
    }

    /// Renders the answer of a handler to a request that stands alone.
    pub(super) fn of_handler(completed: &Completed) -> Self {
        let status = match completed.error_code() {
            Some(ErrorCode::MISSING_CLIENT_CAPABILITY) => StatusCode::BAD_REQUEST,
            _ => StatusCode::OK,
        };
        Self::render(completed, status, completed.memory())
    }

    /// Renders the answer of dispatch to a request that stands alone.
    pub(super) fn of_dispatch(completed: &Completed) -> Self {
        let status = match completed.error_code() {
            Some(ErrorCode::METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
            _ => return Self::of_handler(completed),
        };
        Self::render(completed, status, completed.memory())
    }

    /// Renders the error for a request whose server shuts down.
    fn shut_down(id: &RequestId) -> Self {
        let mut json = Vec::with_capacity(128);
        let error = ProtocolError::internal("the server shuts down");
        write_error(&mut json, Some(id), &error);
        Self { status: StatusCode::SERVICE_UNAVAILABLE, json: json.into() }
    }

    /// Renders the error for a request whose server ends, and whose session goes on elsewhere.
    pub(super) fn interrupted(id: &RequestId) -> Self {
        let mut json = Vec::with_capacity(128);
        let error = ProtocolError::internal(
            "the server that ran this request has ended; send the request again",
        );
        write_error(&mut json, Some(id), &error);
        Self { status: StatusCode::SERVICE_UNAVAILABLE, json: json.into() }
    }

    /// Renders the error for a request of a session that is refused.
    pub(super) fn refused(refused: &Refused) -> Self {
        let mut json = Vec::with_capacity(128);
        refused.write(&mut json);
        Self { status: StatusCode::BAD_REQUEST, json: json.into() }
    }
}

/// Source of an answer.
pub(super) enum Source {
    /// The answer itself; `None` if the request was cancelled.
    Answered(Option<Answer>),
    /// A handler that the response drives, and that is dropped with it.
    Handler(Running, Waiting),
    /// A handler in a task of its own, because it is known to block. It is dropped with the response
    /// too.
    Task(HandlerTask, Waiting),
    /// The answers to an array of messages, unless all its requests are cancelled.
    Array(oneshot::Receiver<Answer>, Option<ArrayClient>),
}

/// Task of a handler, which ends with its owner. It renders the answer, so that it counts in the budget
/// from the moment that there is one.
pub(super) struct HandlerTask {
    id: RequestId,
    task: JoinHandle<Answer>,
}

impl HandlerTask {
    fn spawn(running: Running) -> Self {
        let id = running.id().clone();
        let task = tokio::spawn(async move { Answer::of_handler(&running.run().await) });
        Self { id, task }
    }
}

impl Drop for HandlerTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Source {
    /// Creates the source of a handler's answer.
    pub(super) fn of_handler(running: Running, waiting: Waiting) -> Self {
        match running.is_known_to_block() {
            true => Self::Task(HandlerTask::spawn(running), waiting),
            false => Self::Handler(running, waiting),
        }
    }

    /// Waits for the answer; `None` if the request was cancelled.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Answer>> {
        Poll::Ready(match self {
            Self::Answered(answer) => answer.take(),
            Self::Handler(running, waiting) => match Pin::new(&mut *running).poll(cx) {
                Poll::Ready(completed) => Some(Answer::of_handler(&completed)),
                Poll::Pending => {
                    ready!(waiting.poll_expired(cx));
                    Some(Answer::shut_down(running.id()))
                }
            },
            Self::Task(handler, waiting) => match Pin::new(&mut handler.task).poll(cx) {
                // An error means that the runtime ends.
                Poll::Ready(joined) => joined.ok(),
                Poll::Pending => {
                    ready!(waiting.poll_expired(cx));
                    Some(Answer::shut_down(&handler.id))
                }
            },
            Self::Array(answers, client) => {
                if let Some(client) = client {
                    client.check();
                }
                ready!(Pin::new(answers).poll(cx)).ok()
            }
        })
    }
}

/// The client that waits for the answers to an array, whose handlers go on without it.
pub(super) struct ArrayClient {
    attended: Attended,
    queue: Arc<Queue>,
}

impl ArrayClient {
    pub(super) fn new(attended: Attended, queue: Arc<Queue>) -> Self {
        Self { attended, queue }
    }

    fn check(&mut self) {
        if self.attended.check() {
            self.queue.forsake();
        }
    }
}

impl Drop for ArrayClient {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// Waits for the answer or for the first event before it, whichever comes first, and responds.
///
/// A disconnect of the client drops this future or the body of the response, and a handler in the
/// source with it.
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

/// `true` if an answer is sent as JSON: there is no event before it, and the client accepts JSON. An
/// error with a status of its own is always sent as JSON, and unsent events are dropped.
fn is_json(answer: &Answer, queue: &Queue, accepts: Accepts) -> bool {
    answer.status != StatusCode::OK || (queue.is_empty() && accepts.json)
}
