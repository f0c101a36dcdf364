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
use crate::context::handle::Context;

/// The questions of a call that goes on by itself, and the way for their answers.
#[derive(Clone)]
pub(crate) struct Mailbox(Arc<Shared>);

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
pub(crate) enum Put {
    /// The handler has it.
    Taken,
    /// It does not fit, and the question goes on waiting.
    Unfit(String),
    /// No such question waits.
    Unknown,
}

impl Mailbox {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        let changes = watch::Sender::new(0);
        Self(Arc::new(Shared { journal, state: Mutex::default(), changes }))
    }

    /// Hears of questions that are put in or taken out.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The questions that wait: key, method and parameters.
    pub(crate) fn questions(&self) -> Vec<(String, Method, String)> {
        let state = self.0.state();
        let all = state.waiting.iter();
        let mut all: Vec<_> = all
            .map(|(key, it)| (key.clone(), it.question.method, it.question.params.clone()))
            .collect();
        all.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        all
    }

    /// Answers a question.
    pub(crate) fn put(&self, key: &str, answer: Box<RawValue>) -> Put {
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
        assert_eq!(mailbox.put("k", accept("x")), Put::Unknown, "no key is given twice");
        let unfit = Put::Unfit("`name`: expected a string".into());
        assert_eq!(mailbox.put(&one, raw(json!({ "action": "accept" }))), unfit);
        assert_eq!(mailbox.put(&one, accept("1")), Put::Taken);
        assert_eq!(mailbox.put(&one, accept("1")), Put::Unknown);
        assert_eq!(next(&mailbox, 1).await[0].0, other);
        assert_eq!(mailbox.put(&other, raw(json!({ "action": "decline" }))), Put::Taken);
        let third = next(&mailbox, 1).await[0].0.clone();
        assert_eq!(mailbox.put(&third, accept("3")), Put::Taken);
        assert_eq!(handler.await.unwrap(), ["1", "no", "3"]);
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_is_taken_out() {
        let (cx, mailbox) = parked();
        let handler = tokio::spawn(async move { cx.elicit::<Name>("one").await.is_ok() });
        let key = next(&mailbox, 1).await[0].0.clone();
        handler.abort();
        assert!(handler.await.unwrap_err().is_cancelled());
        assert_eq!(next(&mailbox, 0).await, []);
        assert_eq!(mailbox.put(&key, raw(json!({ "action": "cancel" }))), Put::Unknown);
    }
}
