//! Arrays of messages, which revision 2025-03-26 requires, and the array of their answers.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use mcp_core::jsonrpc::{Raw, RequestId};
use mcp_core::method::Method;
use mcp_core::revision::write_error;

use super::{Action, Delivery, Reason, Step, UnknownSession};
use crate::context::budget::Exceeded;
use crate::server::in_flight::Obstacle;

/// Limit of messages in an array.
const MAX_ENTRIES: usize = 100;

/// Receives an array, and splits it into its messages.
pub(super) fn receive<D: Delivery>(delivery: &mut D, frame: &Bytes, array: Raw<'_>) -> Action {
    match check(delivery, array) {
        Ok(()) => {
            let slice = |entry: Raw<'_>| frame.slice_ref(entry.as_str().as_bytes());
            Action::Array(in_order(delivery, array).into_iter().map(slice).collect())
        }
        Err(reason) => Action::Step(Step::refuse(None, reason)),
    }
}

/// The messages of an array in the order in which they are received: that of the array, but for the
/// cancellation of a request that follows it there. The messages of an array may be received in any order.
fn in_order<'a, D: Delivery>(delivery: &mut D, array: Raw<'a>) -> Vec<Raw<'a>> {
    let connection = delivery.connection().ok().flatten();
    let is_in_flight = |id: &RequestId| {
        connection.is_some_and(|connection| {
            connection.in_flight.obstacle_to(id) == Some(Obstacle::Reused)
        })
    };
    let entries: Vec<_> = array.elements().collect();
    let is_early = |(index, entry): (usize, &Raw<'_>)| {
        let Some(id) = cancelled(*entry) else { return false };
        let is_request = |entry: &Raw<'_>| id_of(*entry).as_ref() == Some(&id);
        let (before, after) = entries.split_at(index);
        after.iter().any(is_request) && !before.iter().any(is_request) && !is_in_flight(&id)
    };
    let early: Vec<_> = entries.iter().enumerate().map(is_early).collect();
    let select = |is_wanted: bool| {
        let pairs = entries.iter().zip(&early);
        pairs.filter(move |(_, is_early)| **is_early == is_wanted).map(|(entry, _)| *entry)
    };
    select(false).chain(select(true)).collect()
}

/// The id of the request that a message cancels.
fn cancelled(entry: Raw<'_>) -> Option<RequestId> {
    let method = entry.member("method").and_then(Raw::string)?;
    if method != Method::Cancelled.as_str() {
        return None;
    }
    entry.member("params")?.member("requestId")?.parse().ok()
}

fn id_of(entry: Raw<'_>) -> Option<RequestId> {
    entry.member("id")?.parse().ok()
}

fn check<D: Delivery>(delivery: &mut D, array: Raw<'_>) -> Result<(), Reason> {
    if delivery.stands_alone() {
        return Err(not_allowed());
    }
    let connection = delivery.connection().map_err(|UnknownSession| Reason::UnknownSession)?;
    let session = connection.and_then(|connection| connection.session());
    if !session.is_some_and(|session| session.revision.facts().batches) {
        return Err(not_allowed());
    }
    match array.elements().take(MAX_ENTRIES + 1).count() {
        0 => Err(Reason::invalid("an array of messages must not be empty")),
        1..=MAX_ENTRIES => Ok(()),
        _ => Err(Reason::invalid(format!("an array of messages may hold at most {MAX_ENTRIES}"))),
    }
}

pub(super) fn not_allowed() -> Reason {
    Reason::invalid("an array of messages is not allowed in this revision")
}

/// Sender of the array of answers.
type SendAnswers = Box<dyn FnOnce(Vec<u8>) + Send + Sync>;

/// Gathers the answers to an array, and sends them as one array when the last is known.
///
/// Every request of the array holds it until it is answered or cancelled, so the last one to let go
/// sends. Nothing is sent if there is no answer.
pub(crate) struct Gathering {
    /// The answers so far, as the beginning of a JSON array.
    answers: Mutex<Vec<u8>>,
    /// Length beyond which further answers are replaced by errors, in bytes.
    limit: usize,
    send: Option<SendAnswers>,
}

impl Gathering {
    /// Gathers answers of a length for a function that sends them.
    pub(crate) fn new(
        limit: usize,
        send: impl FnOnce(Vec<u8>) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::default(), limit, send: Some(Box::new(send)) })
    }

    /// Adds an answer, or the error that there is no room for it.
    pub(crate) fn add(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = answers.len() >= self.limit;
        let before = if answers.is_empty() { b'[' } else { b',' };
        answers.push(before);
        let start = answers.len();
        write(&mut answers);
        if is_full {
            let error = refusal_of(&answers[start..], Exceeded::of_connection(self.limit));
            answers.truncate(start);
            answers.extend_from_slice(&error);
        }
    }
}

/// The error in place of an answer that there is no memory for.
pub(crate) fn refusal_of(answer: &[u8], exceeded: Exceeded) -> Vec<u8> {
    // It is an answer of ours.
    let answer = std::str::from_utf8(answer).map(Raw::from_accepted);
    let id = answer.ok().and_then(|answer| answer.member("id")?.parse().ok());
    let mut error = Vec::new();
    write_error(&mut error, id.as_ref(), &exceeded.error());
    error
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let answers = self.answers.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !answers.is_empty()
            && let Some(send) = self.send.take()
        {
            answers.push(b']');
            send(std::mem::take(answers));
        }
    }
}
