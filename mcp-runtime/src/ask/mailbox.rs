//! Questions of a parked handler: they are fetched from a mailbox, and the handler continues when the
//! answer is put in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::method::Method;
use serde_json::value::RawValue;
use tokio::sync::{oneshot, watch};

use super::journal::Journal;
use super::question::{Identity, Question};
use super::{AnswerFuture, AskError, Channel};
use crate::context::handle::Context;

/// Open questions of a parked call. Clones share one mailbox.
#[derive(Clone)]
pub(crate) struct Mailbox(Arc<Shared>);

struct Shared {
    journal: Arc<Journal>,
    parked: Mutex<ParkedQuestions>,
    /// Number of questions and answers so far, for callers that wait for questions.
    changes: watch::Sender<u64>,
}

#[derive(Default)]
struct ParkedQuestions {
    by_key: HashMap<String, ParkedQuestion>,
    /// Number of keys so far; none is used twice.
    key_count: u64,
}

struct ParkedQuestion {
    identity: Identity,
    question: Question,
    /// Parameters as they are shown.
    shown: String,
    asker: oneshot::Sender<Result<Box<RawValue>, AskError>>,
}

/// Result of answering a question.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PutResult {
    Accepted,
    /// The answer is invalid, for this reason. The question stays open, with the reason in its message,
    /// until it has been repeated too often.
    Invalid(String),
    /// There is no open question with the key.
    Unknown,
}

impl Mailbox {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        let changes = watch::Sender::new(0);
        Self(Arc::new(Shared { journal, parked: Mutex::default(), changes }))
    }

    /// Receiver that is notified of new, answered and withdrawn questions.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The open questions: key, method and parameters.
    pub(crate) fn questions(&self) -> Vec<(String, Method, String)> {
        let parked = self.0.parked();
        let all = parked.by_key.iter();
        let mut all: Vec<_> =
            all.map(|(key, it)| (key.clone(), it.question.method, it.shown.clone())).collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    /// Answers a question.
    pub(crate) fn put(&self, key: &str, answer: Box<RawValue>) -> PutResult {
        let mut parked = self.0.parked();
        let Some(mut open) = parked.by_key.remove(key) else { return PutResult::Unknown };
        let checked = (open.question.check)(&answer);
        let outcome = match &checked {
            Ok(()) => {
                self.0.journal.record(open.identity, answer.clone());
                Ok(answer)
            }
            Err(reason) => {
                let misfits = self.0.journal.misfit(open.identity, reason);
                if misfits.may_repeat() {
                    open.shown = open.question.again(&misfits.reason).params;
                    parked.by_key.insert(key.to_owned(), open);
                    drop(parked);
                    self.0.changes.send_modify(|count| *count += 1);
                    return PutResult::Invalid(misfits.reason);
                }
                Err(AskError::invalid(&misfits.reason))
            }
        };
        drop(parked);
        // Fails if the question was withdrawn just now.
        let _ = open.asker.send(outcome);
        self.0.changes.send_modify(|count| *count += 1);
        checked.map_or_else(PutResult::Invalid, |()| PutResult::Accepted)
    }
}

impl Shared {
    fn parked(&self) -> MutexGuard<'_, ParkedQuestions> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn park(
        &self,
        identity: Identity,
        question: Question,
    ) -> (String, oneshot::Receiver<Result<Box<RawValue>, AskError>>) {
        let (asker, answer) = oneshot::channel();
        let mut parked = self.parked();
        parked.key_count += 1;
        // Unique within the call.
        let key = format!("{}-{}", question.preferred_key(), parked.key_count);
        parked.by_key.insert(
            key.clone(),
            ParkedQuestion { identity, shown: question.params.clone(), question, asker },
        );
        drop(parked);
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
            let (key, answer) = shared.park(identity, question);
            let _guard = ParkedGuard { shared: &shared, key };
            answer.await.unwrap_or_else(|_| Err(AskError::disconnected()))
        })
    }
}

/// Withdraws a question when its future is dropped.
struct ParkedGuard<'a> {
    shared: &'a Shared,
    key: String,
}

impl Drop for ParkedGuard<'_> {
    fn drop(&mut self) {
        if self.shared.parked().by_key.remove(&self.key).is_some() {
            self.shared.changes.send_modify(|count| *count += 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Asking;
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
        assert_eq!(mailbox.put(&one, accept("1")), PutResult::Accepted);
        assert_eq!(mailbox.put(&one, accept("1")), PutResult::Unknown);
        assert_eq!(next(&mailbox, 1).await[0].0, other);
        assert_eq!(mailbox.put(&other, raw(json!({ "action": "decline" }))), PutResult::Accepted);
        let third = next(&mailbox, 1).await[0].0.clone();
        assert_eq!(mailbox.put(&third, accept("3")), PutResult::Accepted);
        assert_eq!(handler.await.unwrap(), ["1", "no", "3"]);
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
