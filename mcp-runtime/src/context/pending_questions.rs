//! Questions of a session without a response.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{ProtocolError, Raw, RequestId, Response};
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::budget::{Budget, COUNTED, Reservation};
use crate::read_json::plain;
use crate::shorten::shorten;

/// Maximum number of pending questions in one session.
pub(crate) const MAX_PENDING: usize = 1024;

/// Beginning of the ids of questions.
pub(crate) const QUESTION: &str = "ask-";

/// The answer to a question: a result of the client, and its memory.
pub(crate) type Answer = Result<(Box<RawValue>, Reservation), NoAnswer>;

/// Response of a client that is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The client refused the question with an error.
    Refused(ProtocolError),
    /// The response cannot be read, for this reason.
    Unreadable(String),
}

/// Requests of the server to its client that have no response yet, by id.
#[derive(Default)]
pub(crate) struct PendingQuestions(Mutex<Pending>);

#[derive(Default)]
struct Pending {
    by_id: BTreeMap<Box<str>, oneshot::Sender<Answer>>,
    /// `true` once the session is over.
    is_closed: bool,
}

/// Reason for a question that cannot be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAsked {
    /// The session is over.
    Closed,
    /// [`MAX_PENDING`] questions are pending already.
    TooMany,
}

/// Returns `true` if a text has the form of the ids of questions.
pub(crate) fn is_question_id(text: &str) -> bool {
    let digits = text.strip_prefix(QUESTION).unwrap_or_default();
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl PendingQuestions {
    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers a response of the client, which counts in a budget. If that has no room for it, the
    /// question ends with an error. Returns `false` if it answers no pending question.
    pub(crate) fn answer(&self, response: &Response<'_>, budget: &Arc<Budget>) -> bool {
        let id = response.id.map(|id| id.to_owned());
        let Some(RequestId::Text(id)) = id else { return false };
        let Some(asker) = self.pending().by_id.remove(&id) else { return false };
        // The question may have been cancelled just now.
        let _ = asker.send(outcome(&response.outcome, budget));
        true
    }

    /// Fails a question whose response cannot be read. Returns `false` if it is not pending.
    pub(crate) fn unreadable(&self, id: &RequestId, reason: &str) -> bool {
        let RequestId::Text(id) = id else { return false };
        let Some(asker) = self.pending().by_id.remove(id) else { return false };
        // The question may have been cancelled just now.
        let _ = asker.send(Err(NoAnswer::Unreadable(reason.to_owned())));
        true
    }

    /// Ids of the pending questions.
    #[cfg(feature = "http")]
    pub(crate) fn ids(&self) -> Vec<Box<str>> {
        self.pending().by_id.keys().cloned().collect()
    }

    /// Returns `true` if a question is pending.
    #[cfg(feature = "http")]
    pub(crate) fn is_pending(&self, id: &str) -> bool {
        self.pending().by_id.contains_key(id)
    }

    /// Ends every pending question without an answer, and refuses further ones.
    pub(crate) fn close(&self) {
        let mut pending = self.pending();
        pending.is_closed = true;
        pending.by_id.clear();
    }

    /// Registers a question.
    ///
    /// # Errors
    /// [`NotAsked`] if the session is over or has too many questions.
    pub(crate) fn insert(&self, id: &str) -> Result<oneshot::Receiver<Answer>, NotAsked> {
        let mut pending = self.pending();
        if pending.is_closed {
            return Err(NotAsked::Closed);
        }
        if pending.by_id.len() >= MAX_PENDING {
            return Err(NotAsked::TooMany);
        }
        let (asker, answer) = oneshot::channel();
        pending.by_id.insert(id.into(), asker);
        Ok(answer)
    }

    /// Removes a question. Returns `true` if it was still pending.
    pub(crate) fn remove(&self, id: &str) -> bool {
        self.pending().by_id.remove(id).is_some()
    }
}

impl std::fmt::Debug for PendingQuestions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PendingQuestions").field("pending", &self.pending().by_id.len()).finish()
    }
}

fn outcome(outcome: &Result<Raw<'_>, Raw<'_>>, budget: &Arc<Budget>) -> Answer {
    let result = match outcome {
        Ok(result) => result.as_str(),
        Err(error) => {
            return Err(NoAnswer::Refused(error.parse().unwrap_or_else(|_| {
                // An error in another form refuses the question all the same.
                ProtocolError::internal(shorten(error.as_str()))
            })));
        }
    };
    let held = match result.len() > COUNTED {
        true => budget.reserve(result.len()),
        // Otherwise a client that has used its budget could not end what it holds.
        false => Ok(budget.hold(result.len())),
    };
    let held = held.map_err(|exceeded| NoAnswer::Refused(exceeded.error()))?;
    let result = RawValue::from_string(result.to_owned());
    Ok((result.map_err(|error| NoAnswer::Unreadable(plain(&error)))?, held))
}
