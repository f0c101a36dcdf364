//! Arrays of messages, which revision 2025-03-26 requires, and the array of their answers.

use std::sync::{Arc, Mutex, PoisonError};

use mcp_core::jsonrpc::{ProtocolError, Raw, RequestId};
use mcp_core::method::Method;
use mcp_core::revision::write_error;

use super::{Action, Delivery, Reason, Step};
use crate::context::budget::{Budget, COUNTED, Reservation};
use crate::server::in_flight::Obstacle;

/// Limit of messages in an array.
const MAX_ENTRIES: usize = 100;

/// Receives an array, and splits it into its messages.
pub(super) fn receive<D: Delivery>(delivery: &mut D, array: Raw<'_>) -> Action {
    match check(delivery, array) {
        Ok(()) => {
            let entries = in_order(delivery, array);
            let memory = &delivery.app().memory;
            // Copied, so that a request in flight does not keep the whole array.
            let copy = |entry: Raw<'_>| memory.held(entry.as_str().into());
            Action::Array(entries.into_iter().map(copy).collect())
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
    let connection = delivery.connection().map_err(Reason::from)?;
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
    gathered: Mutex<Gathered>,
    budget: Arc<Budget>,
    send: Option<SendAnswers>,
}

#[derive(Default)]
struct Gathered {
    /// The answers so far, as the beginning of a JSON array.
    answers: Vec<u8>,
    /// Memory of the answers, if they are many.
    held: Option<Reservation>,
}

impl Gathering {
    /// Gathers answers, which count in a budget, for a function that sends them.
    pub(crate) fn new(
        budget: Arc<Budget>,
        send: impl FnOnce(Vec<u8>) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { gathered: Mutex::default(), budget, send: Some(Box::new(send)) })
    }

    /// Adds an answer. If the budget has no room, the error for that replaces any longer answer.
    pub(crate) fn add(&self, write: impl FnOnce(&mut Vec<u8>)) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        let Gathered { answers, held } = &mut *gathered;
        let before = if answers.is_empty() { b'[' } else { b',' };
        answers.push(before);
        let start = answers.len();
        write(answers);
        if let Err(exceeded) = self.budget.check() {
            let answer = &answers[start..];
            let error = refusal_of(answer, &exceeded.error());
            if error.len() < answer.len() {
                answers.truncate(start);
                answers.extend_from_slice(&error);
            }
        }
        if answers.len() > COUNTED {
            held.get_or_insert_with(|| self.budget.hold(0)).resize(answers.len());
        }
    }
}

/// An error in place of an answer.
fn refusal_of(answer: &[u8], error: &ProtocolError) -> Vec<u8> {
    // It is an answer of ours.
    let answer = std::str::from_utf8(answer).map(Raw::from_accepted);
    let id: Option<RequestId> = answer.ok().and_then(|answer| answer.member("id")?.parse().ok());
    let mut refusal = Vec::new();
    write_error(&mut refusal, id.as_ref(), error);
    refusal
}

impl Drop for Gathering {
    fn drop(&mut self) {
        let gathered = self.gathered.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut answers = std::mem::take(&mut gathered.answers);
        if !answers.is_empty()
            && let Some(send) = self.send.take()
        {
            answers.push(b']');
            send(answers);
        }
    }
}
