//! Requests of the server, and their responses.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::task::Poll;

use mcp_core::json;
use mcp_core::jsonrpc::{ProtocolError, Raw, Request, RequestId};
use mcp_core::method::Method;
use mcp_core::protocol::CancelledParams;
use mcp_core::protocol::meta::RELATED_TASK;
use mcp_core::revision::{write_error, write_raw_result};
use tokio::task::AbortHandle;

use super::Inbound;
use crate::client::handlers::Handlers;
use crate::client::message::BoxFuture;

/// Sends a response to the server.
pub(crate) type Responder = Arc<dyn Fn(Vec<u8>) -> BoxFuture<'static, ()> + Send + Sync>;

/// Largest number of questions that are answered at once; more are refused.
pub(crate) const MAX_QUESTIONS: usize = 32;

/// Largest number of responses that are being made or sent, refusals included. A server that asks
/// more without reading the responses gets none.
const MAX_RESPONSES: usize = 2 * MAX_QUESTIONS;

impl Inbound {
    /// Answers a request of the server in a task of its own.
    pub(crate) fn request(self: &Arc<Self>, request: &Request<'_>, responder: &Responder) {
        let id = request.id.to_owned();
        let method = Method::parse(&request.method);
        if !self.responds_to(method) {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the server sent the request `{}`, which this revision does not allow",
                request.method
            );
            return;
        }
        let Some(slot) = ResponseSlot::take(&self.pending_responses) else {
            tracing::warn!(
                target: "mcp_runtime::client",
                "the server asks without reading the answers; `{}` gets none",
                request.method
            );
            return;
        };
        let params = request.params.map_or("{}", Raw::as_str).to_owned();
        let name = request.method.clone().into_owned();
        // The task does not hold `self`, which aborts the task when the client is dropped.
        let (handlers, responder) = (Arc::clone(&self.handlers), Arc::clone(responder));
        let mut questions = self.questions();
        questions.retain(|_, question| !question.is_finished());
        let is_full = questions.len() >= MAX_QUESTIONS;
        let pause = (method != Some(Method::Ping)).then(|| self.pauses.begin());
        let key = id.clone();
        let task = tokio::spawn(async move {
            let outcome = match method {
                _ if is_full => Err(ProtocolError::internal("too many requests at once")),
                Some(method) => answer(&handlers, method, &params)
                    .await
                    .map(|answer| with_related_task(answer, &params)),
                None => Err(ProtocolError::method_not_found(&name)),
            };
            drop(pause);
            responder(response(&key, outcome)).await;
            drop(slot);
        });
        if !is_full {
            questions.insert(id, task.abort_handle());
        }
    }

    fn responds_to(&self, method: Option<Method>) -> bool {
        match method {
            Some(Method::Ping) => self.allows_responses.load(Ordering::Relaxed),
            _ => self.allows_requests.load(Ordering::Relaxed),
        }
    }

    /// Stops answering a question that the server has cancelled.
    pub(super) fn cancel_question(&self, params: Raw<'_>) {
        let Ok(CancelledParams { request_id: Some(id), .. }) = params.parse() else { return };
        if let Some(question) = self.questions().remove(&id) {
            question.abort();
        }
    }

    /// Stops answering, because the connection has ended.
    pub(crate) fn cancel_questions(&self) {
        for (_, question) in self.questions().drain() {
            question.abort();
        }
    }

    fn questions(&self) -> MutexGuard<'_, HashMap<RequestId, AbortHandle>> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the handler of a question. A handler that panics results in an error response.
async fn answer(
    handlers: &Handlers,
    method: Method,
    params: &str,
) -> Result<String, ProtocolError> {
    let mut answer = std::pin::pin!(handlers.answer(method, Raw::from_accepted(params)));
    std::future::poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| {
            Poll::Ready(Err(ProtocolError::internal("the handler of this question failed")))
        })
    })
    .await
}

/// Repeats the task of a question in the `_meta` of its answer, as 2025-11-25 requires.
fn with_related_task(answer: String, params: &str) -> String {
    let task = Raw::from_accepted(params).member("_meta").and_then(|it| it.member(RELATED_TASK));
    let Some(task) = task.filter(|task| task.is_object()) else { return answer };
    let mut given = None;
    json::object_string(|result| {
        for (key, value) in Raw::from_accepted(&answer).members() {
            match &*key {
                "_meta" => given = Some(value),
                key => result.entry(key).extend_from_slice(value.as_str().as_bytes()),
            }
        }
        result.object("_meta", |meta| {
            for (key, value) in given.into_iter().flat_map(Raw::members) {
                if key != RELATED_TASK {
                    meta.entry(&key).extend_from_slice(value.as_str().as_bytes());
                }
            }
            meta.raw(RELATED_TASK, task.as_str());
        });
    })
}

/// One of the responses that an [`Inbound`] counts, until it is dropped.
struct ResponseSlot(Arc<AtomicUsize>);

impl ResponseSlot {
    /// Takes a slot, unless all are taken.
    fn take(count: &Arc<AtomicUsize>) -> Option<Self> {
        // Two tasks at the same time may exceed the limit by one, which does no harm.
        if count.load(Ordering::SeqCst) >= MAX_RESPONSES {
            return None;
        }
        count.fetch_add(1, Ordering::SeqCst);
        Some(Self(Arc::clone(count)))
    }
}

impl Drop for ResponseSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn response(id: &RequestId, outcome: Result<String, ProtocolError>) -> Vec<u8> {
    let mut message = Vec::new();
    match outcome {
        Ok(result) => write_raw_result(&mut message, id, &result),
        Err(error) => write_error(&mut message, Some(id), &error),
    }
    message
}
