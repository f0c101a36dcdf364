//! Answers to an array of messages, which revision 2025-03-26 wants in one array.

use std::pin::Pin;
use std::task::{Context, Poll};

use http::StatusCode;
use mcp_core::jsonrpc::{ProtocolError, Raw};
use tokio::sync::oneshot;

use super::answer::Answer;

/// The most messages an array may hold.
const MAX_ENTRIES: usize = 100;

/// Says what is wrong with an array, apart from its entries.
pub(super) fn check(array: Raw<'_>) -> Result<(), ProtocolError> {
    match array.elements().take(MAX_ENTRIES + 1).count() {
        0 => Err(ProtocolError::invalid_request("an array of messages must not be empty")),
        1..=MAX_ENTRIES => Ok(()),
        _ => Err(ProtocolError::invalid_request(format!(
            "an array of messages may hold at most {MAX_ENTRIES}"
        ))),
    }
}

pub(super) fn not_allowed() -> ProtocolError {
    ProtocolError::invalid_request("an array of messages is not allowed in this revision")
}

/// Gathers the answers to one array.
#[derive(Default)]
pub(super) struct Gathering {
    /// The answers so far, as the beginning of a JSON array.
    answers: Vec<u8>,
    waiting: Vec<oneshot::Receiver<Answer>>,
}

impl Gathering {
    /// Whether nobody is owed an answer.
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.waiting.is_empty()
    }

    /// Adds an answer.
    pub(super) fn add(&mut self, answer: &Answer) {
        self.answers.push(if self.answers.is_empty() { b'[' } else { b',' });
        self.answers.extend_from_slice(&answer.json);
    }

    /// Adds an answer that is still being made.
    pub(super) fn wait_for(&mut self, answer: oneshot::Receiver<Answer>) {
        self.waiting.push(answer);
    }

    /// Waits for all answers; `None` if all requests were cancelled.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Answer>> {
        for mut answer in std::mem::take(&mut self.waiting) {
            match Pin::new(&mut answer).poll(cx) {
                Poll::Pending => self.waiting.push(answer),
                Poll::Ready(Ok(answer)) => self.add(&answer),
                // Cancelled.
                Poll::Ready(Err(_)) => {}
            }
        }
        if !self.waiting.is_empty() {
            return Poll::Pending;
        }
        let mut json = std::mem::take(&mut self.answers);
        if json.is_empty() {
            return Poll::Ready(None);
        }
        json.push(b']');
        Poll::Ready(Some(Answer { status: StatusCode::OK, json }))
    }
}
