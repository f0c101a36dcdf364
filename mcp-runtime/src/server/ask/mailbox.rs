//! Asking by leaving the question where somebody fetches it: the handler stays parked until the
//! answer is put in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::method::Method;
use serde_json::value::RawValue;
use tokio::sync::{oneshot, watch};

use super::journal::Journal;
use super::question::{Identity, Question};
use super::{AnswerFuture, AskError, Channel};
use crate::server::context::Context;

/// The questions of a call that goes on by itself, and the way for their answers.
#[derive(Clone)]
pub(super) struct Mailbox(Arc<Shared>);

struct Shared {
    journal: Arc<Journal>,
    state: Mutex<State>,
    /// Counts what was put in and taken out, for who waits for questions.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    waiting: HashMap<String, Waiting>,
    /// How many keys were given; none is used twice.
    given: u64,
}

struct Waiting {
    identity: Identity,
    question: Question,
    asker: oneshot::Sender<Box<RawValue>>,
}

/// What became of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// The handler has it.
    Taken,
    /// It does not fit, and the question goes on waiting.
    Unfit(String),
    /// No such question waits.
    Unknown,
}

impl Mailbox {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        let changes = watch::Sender::new(0);
        Self(Arc::new(Shared { journal, state: Mutex::default(), changes }))
    }

    /// Hears of questions that are put in or taken out.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The questions that wait: key, method and parameters.
    pub(super) fn questions(&self) -> Vec<(String, Method, String)> {
        let state = self.0.state();
        let all = state.waiting.iter();
        let mut all: Vec<_> = all
            .map(|(key, it)| (key.clone(), it.question.method, it.question.params.clone()))
            .collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    /// Answers a question.
    pub(super) fn put(&self, key: &str, answer: Box<RawValue>) -> Put {
        let mut state = self.0.state();
        let Some(waiting) = state.waiting.get(key) else { return Put::Unknown };
        if let Err(because) = (waiting.question.check)(&answer) {
            return Put::Unfit(because);
        }
        let Some(waiting) = state.waiting.remove(key) else { return Put::Unknown };
        drop(state);
        self.0.journal.record(waiting.identity, answer.clone());
        // Nobody waits any more if the question was taken back just now.
        let _ = waiting.asker.send(answer);
        self.0.changes.send_modify(|count| *count += 1);
        Put::Taken
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(
        &self,
        identity: Identity,
        question: Question,
    ) -> (String, oneshot::Receiver<Box<RawValue>>) {
        let (asker, answer) = oneshot::channel();
        let mut state = self.state();
        state.given += 1;
        // Keys are unique for as long as the call lasts.
        let key = format!("{}-{}", question.wanted_key(), state.given);
        state.waiting.insert(key.clone(), Waiting { identity, question, asker });
        drop(state);
        self.changes.send_modify(|count| *count += 1);
        (key, answer)
    }
}

impl Channel for Mailbox {
    fn ask(&self, _: &Context, question: Question) -> AnswerFuture {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let identity = shared.journal.identify(question.digest);
            if let Some(answer) = shared.journal.answer(identity) {
                return Ok(answer);
            }
            let (key, answer) = shared.wait(identity, question);
            let _withdraw = Withdraw { shared: &shared, key };
            answer.await.map_err(|_| AskError::gone())
        })
    }
}

/// Takes a question out that nobody waits for any more.
struct Withdraw<'a> {
    shared: &'a Shared,
    key: String,
}

impl Drop for Withdraw<'_> {
    fn drop(&mut self) {
        if self.shared.state().waiting.remove(&self.key).is_some() {
            self.shared.changes.send_modify(|count| *count += 1);
        }
    }
}
