//! Questions of a parked handler: they are fetched from a mailbox, and the handler continues when the
//! answer is put in.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use mcp_core::method::Method;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tokio::sync::{oneshot, watch};

use super::journal::{Journal, Misfits};
use super::question::{Digest, Identity, Question};
use super::{AnswerFuture, AskError, AskErrorKind, Channel};
use crate::context::handle::Context;
use crate::sync::{Mutex, MutexGuard};

/// Open questions of a parked call. Clones share one mailbox.
#[derive(Clone)]
pub(crate) struct Mailbox(Arc<Shared>);

struct Shared {
    journal: Arc<Journal>,
    state: Mutex<State>,
    /// Number of questions and answers so far, for callers that wait for questions.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    parked: HashMap<String, ParkedQuestion>,
    /// Replies of an earlier run, whose questions are asked again.
    early: HashMap<String, Reply>,
}

struct ParkedQuestion {
    identity: Identity,
    question: Question,
    /// Parameters as they are shown.
    shown: String,
    asker: oneshot::Sender<Result<Box<RawValue>, AskError>>,
}

/// Reply to a question: an answer, or the message of the client's refusal.
pub(crate) type Reply = Result<Box<RawValue>, String>;

/// Result of answering a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PutResult {
    Accepted,
    /// The answer is invalid, for this reason. The question is asked again under another key, with the
    /// reason in its message, until it has been repeated too often.
    Invalid(String),
    /// There is no open question with the key.
    Unknown,
}

impl Mailbox {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        let changes = watch::Sender::new(0);
        Self(Arc::new(Shared { journal, state: Mutex::default(), changes }))
    }

    /// Receiver that is notified of new, answered and withdrawn questions.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The open questions: key, method and parameters.
    pub(crate) fn questions(&self) -> Vec<(String, Method, String)> {
        let state = self.0.state();
        let all = state.parked.iter();
        let mut all: Vec<_> =
            all.map(|(key, it)| (key.clone(), it.question.method, it.shown.clone())).collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    /// Answers a question.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn put(&self, key: &str, answer: Box<RawValue>) -> PutResult {
        self.0.put(key, answer)
    }

    /// Answers a question that is open, or will be when the handler has run as far as before.
    pub(crate) fn put_early(&self, key: &str, reply: Reply) {
        let mut state = self.0.state();
        if !state.parked.contains_key(key) {
            state.early.entry(key.to_owned()).or_insert(reply);
            return;
        }
        drop(state);
        self.0.settle(key, reply);
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Parks a question, and returns its key. It is the same in every run of the handler, and another
    /// one after an answer that did not fit.
    fn park(
        &self,
        identity: Identity,
        question: Question,
        asker: oneshot::Sender<Result<Box<RawValue>, AskError>>,
    ) -> String {
        let misfits = self.journal.misfits(identity);
        let key = key_of(&question, identity, misfits.as_ref().map_or(0, Misfits::count));
        let shown = match misfits {
            Some(misfits) => question.again(&misfits.reason).params,
            None => question.params.clone(),
        };
        let parked = ParkedQuestion { identity, shown, question, asker };
        let mut state = self.state();
        // A handler that was dropped meanwhile has withdrawn its questions already.
        if !parked.asker.is_closed() {
            state.parked.insert(key.clone(), parked);
        }
        drop(state);
        key
    }

    fn put(&self, key: &str, answer: Box<RawValue>) -> PutResult {
        let Some(open) = self.state().parked.remove(key) else { return PutResult::Unknown };
        let outcome = match (open.question.check)(&answer) {
            Ok(()) => {
                self.journal.record(open.identity, answer.clone());
                // Fails if the question was withdrawn just now.
                let _ = open.asker.send(Ok(answer));
                PutResult::Accepted
            }
            Err(reason) => {
                let misfits = self.journal.misfit(open.identity, &reason);
                if misfits.may_repeat() {
                    let key = self.park(open.identity, open.question, open.asker);
                    self.settle_early(&key);
                } else {
                    let _ = open.asker.send(Err(AskError::invalid(&misfits.reason)));
                }
                PutResult::Invalid(misfits.reason)
            }
        };
        self.changed();
        outcome
    }

    /// Answers a question that was answered in an earlier run.
    fn settle_early(&self, key: &str) {
        let early = self.state().early.remove(key);
        if let Some(reply) = early {
            self.settle(key, reply);
        }
    }

    fn settle(&self, key: &str, reply: Reply) {
        match reply {
            Ok(answer) => drop(self.put(key, answer)),
            Err(refusal) => {
                let Some(open) = self.state().parked.remove(key) else { return };
                // Fails if the question was withdrawn just now.
                let _ = open.asker.send(Err(AskError::new(AskErrorKind::Refused, refusal)));
                self.changed();
            }
        }
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }
}

/// Key of a question, unique within its call.
fn key_of(question: &Question, identity: Identity, misfits: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(identity.digest.0);
    hash.update(identity.occurrence.to_le_bytes());
    hash.update(misfits.to_le_bytes());
    let suffix = Digest::of_hash(hash).short();
    match &question.key {
        Some(key) => format!("{key}-{suffix}"),
        None => format!("{}-{suffix}", question.needs.noun()),
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
            let (asker, answer) = oneshot::channel();
            let _guard = ParkedGuard { shared: &shared, identity };
            let key = shared.park(identity, question, asker);
            shared.settle_early(&key);
            shared.changed();
            answer.await.unwrap_or_else(|_| Err(AskError::disconnected()))
        })
    }
}

/// Withdraws a question when its future is dropped.
struct ParkedGuard<'a> {
    shared: &'a Shared,
    identity: Identity,
}

impl Drop for ParkedGuard<'_> {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        let before = state.parked.len();
        state.parked.retain(|_, open| open.identity != self.identity);
        let is_withdrawn = state.parked.len() != before;
        drop(state);
        if is_withdrawn {
            self.shared.changed();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context as TaskContext, Waker};

    use serde_json::json;

    use super::super::Asking;
    use super::super::question::Needs;
    use super::super::tests::Name;
    use super::*;
    use crate::ask::elicitation::Elicited;
    use crate::server::builder::Server;
    use crate::server::trial::Trial;

    fn raw(value: serde_json::Value) -> Box<RawValue> {
        RawValue::from_string(value.to_string()).unwrap()
    }

    async fn next(mailbox: &Mailbox, count: usize) -> Vec<(String, Method, String)> {
        let mut changes = mailbox.changes();
        while mailbox.questions().len() != count {
            changes.changed().await.unwrap();
        }
        mailbox.questions()
    }

    /// A context whose questions go to a mailbox.
    fn parked() -> (Context, Mailbox) {
        let server = Server::new("parked", "1");
        let cx = Trial::of(server).context(json!({ "elicitation": {} }));
        let journal = Arc::<Journal>::default();
        let mailbox = Mailbox::new(Arc::clone(&journal));
        Asking::get_or_init(cx.exchange(), || Asking::over_channel(mailbox.clone(), journal));
        (cx, mailbox)
    }

    #[tokio::test]
    async fn a_handler_stays_parked_until_its_questions_are_answered() {
        let (cx, mailbox) = parked();
        let handler = tokio::spawn(async move {
            let (one, other) =
                tokio::join!(cx.elicit::<Name>("one").key("k"), cx.elicit::<Name>("other"));
            let third = cx.elicit::<Name>("third").await;
            [one, other, third].map(|name| match name.unwrap() {
                Elicited::Accepted(Name(name)) => name,
                _ => "no".into(),
            })
        });
        let both = next(&mailbox, 2).await;
        let key = |message: &str, all: &[(String, Method, String)]| {
            all.iter().find(|(_, _, params)| params.contains(message)).unwrap().0.clone()
        };
        let (one, other) = (key("one", &both), key("other", &both));
        let accept = |name: &str| raw(json!({ "action": "accept", "content": { "name": name } }));
        assert_eq!(mailbox.put("k", accept("x")), PutResult::Unknown, "no key is used twice");
        let invalid = PutResult::Invalid("`name`: expected a string".into());
        assert_eq!(mailbox.put(&one, raw(json!({ "action": "accept" }))), invalid);
        assert_eq!(mailbox.put(&one, accept("1")), PutResult::Unknown);
        let again = key("one", &mailbox.questions());
        assert_ne!(one, again, "no key is used twice");
        assert_eq!(mailbox.put(&again, accept("1")), PutResult::Accepted);
        assert_eq!(mailbox.put(&again, accept("1")), PutResult::Unknown);
        assert_eq!(next(&mailbox, 1).await[0].0, other);
        assert_eq!(mailbox.put(&other, raw(json!({ "action": "decline" }))), PutResult::Accepted);
        let third = next(&mailbox, 1).await[0].0.clone();
        assert_eq!(mailbox.put(&third, accept("3")), PutResult::Accepted);
        assert_eq!(handler.await.unwrap(), ["1", "no", "3"]);
    }

    #[test]
    fn a_question_whose_future_is_dropped_while_its_answer_is_checked_is_withdrawn() {
        let (cx, mailbox) = parked();
        let asking = Arc::new(Mutex::new(None::<AnswerFuture>));
        let dropped = Arc::clone(&asking);
        let question = Question {
            method: Method::Elicit,
            params: "{}".to_owned(),
            key: None,
            digest: Digest([0; 16]),
            needs: Needs::Forms,
            check: Arc::new(move |_| {
                drop(dropped.lock().unwrap().take());
                Err("it does not fit".to_owned())
            }),
        };
        let mut future = mailbox.ask(&cx, question);
        let mut waits = TaskContext::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut waits).is_pending());
        let key = mailbox.questions()[0].0.clone();
        *asking.lock().unwrap() = Some(future);
        let refused = PutResult::Invalid("it does not fit".to_owned());
        assert_eq!(mailbox.put(&key, raw(json!({}))), refused);
        assert_eq!(mailbox.questions(), []);
    }

    #[tokio::test]
    async fn a_question_whose_future_is_dropped_is_withdrawn() {
        let (cx, mailbox) = parked();
        let handler = tokio::spawn(async move { cx.elicit::<Name>("one").await.is_ok() });
        let key = next(&mailbox, 1).await[0].0.clone();
        handler.abort();
        assert!(handler.await.unwrap_err().is_cancelled());
        assert_eq!(next(&mailbox, 0).await, []);
        assert_eq!(mailbox.put(&key, raw(json!({ "action": "cancel" }))), PutResult::Unknown);
    }
}
