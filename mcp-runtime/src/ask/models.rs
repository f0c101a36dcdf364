//! Models of questions: a handler that waits for an answer gets it, or is gone.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::method::Method;
use mcp_core::revision::CacheHint;
use serde_json::json;
use serde_json::value::RawValue;
use shuttle::future::spawn;

use super::Channel as _;
use super::journal::Journal;
use super::mailbox::{Mailbox, PutResult};
use super::question::{Digest, Needs, Question};
use super::rounds::{Answer, Claimed, RoundId, Rounds};
use crate::context::handle::Context;
use crate::server::builder::Server;
use crate::server::trial::Trial;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::check;

fn question() -> Question {
    Question {
        method: Method::Elicit,
        params: "{}".to_owned(),
        key: Some("name".to_owned()),
        digest: Digest([0; 16]),
        needs: Needs::Forms,
        check: Arc::new(|answer| match answer.get() {
            "0" => Err("zero".to_owned()),
            _ => Ok(()),
        }),
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

fn context() -> Context {
    Trial::of(Server::new("model", "1")).context(json!({ "elicitation": {} }))
}

/// Waits for the key of the open question.
async fn open_key(mailbox: &Mailbox) -> String {
    let mut changes = mailbox.changes();
    loop {
        if let Some((key, ..)) = mailbox.questions().pop() {
            return key;
        }
        changes.changed().await.unwrap();
    }
}

#[test]
fn of_two_answers_one_is_accepted() {
    check(async || {
        let mailbox = Mailbox::new(Arc::<Journal>::default());
        let asking = mailbox.ask(&context(), question());
        let handler = spawn(async move { asking.await.unwrap().get().to_owned() });
        let key = open_key(&mailbox).await;
        let (other, other_key) = (mailbox.clone(), key.clone());
        let other = spawn(async move { other.put(&other_key, raw("2")) });
        let put = [mailbox.put(&key, raw("1")), other.await.unwrap()];
        let answer = handler.await.unwrap();
        let accepted = put.iter().position(|put| *put == PutResult::Accepted).unwrap();
        assert_eq!(answer, ["1", "2"][accepted]);
        assert_eq!(put[1 - accepted], PutResult::Unknown);
    });
}

#[test]
fn an_answer_that_comes_early_is_not_lost() {
    check(async || {
        // An earlier run shows the key.
        let first = Mailbox::new(Arc::<Journal>::default());
        let asking = first.ask(&context(), question());
        let earlier = spawn(async move { drop(asking.await) });
        let key = open_key(&first).await;
        earlier.abort();
        let mailbox = Mailbox::new(Arc::<Journal>::default());
        let asking = mailbox.ask(&context(), question());
        let handler = spawn(async move { asking.await.unwrap().get().to_owned() });
        mailbox.put_early(&key, Ok(raw("1")));
        assert_eq!(handler.await.unwrap(), "1");
    });
}

#[test]
fn a_question_is_answered_or_withdrawn() {
    check(async || {
        let mailbox = Mailbox::new(Arc::<Journal>::default());
        let asking = mailbox.ask(&context(), question());
        let handler = spawn(async move { drop(asking.await) });
        let key = open_key(&mailbox).await;
        // The first answer does not fit, so that the question is asked again meanwhile.
        let (other, other_key) = (mailbox.clone(), key);
        let other = spawn(async move { other.put(&other_key, raw("0")) });
        handler.abort();
        assert_ne!(other.await.unwrap(), PutResult::Accepted);
        // The handler is dropped when its task has ended.
        let _ = handler.await;
        assert_eq!(mailbox.questions(), []);
    });
}

fn round() -> RoundId {
    RoundId { round: [1; 32], responses: [2; 32] }
}

fn answer() -> Answer {
    let members = Bytes::from_static(b"{}");
    Answer { members, meta: String::new(), cache: None::<CacheHint>, result_type: None }
}

#[test]
fn a_round_that_is_sent_twice_is_carried_out_once() {
    check(async || {
        let (rounds, runs) = (Arc::new(Rounds::default()), Arc::new(AtomicUsize::new(0)));
        let carry_out = || {
            let (rounds, runs) = (Arc::clone(&rounds), Arc::clone(&runs));
            spawn(async move {
                match rounds.claim(round()).await.unwrap_or_else(|error| panic!("{error}")) {
                    Claimed::Done(_) => {}
                    Claimed::Run(running) => {
                        runs.fetch_add(1, Ordering::SeqCst);
                        shuttle::future::yield_now().await;
                        running.settle(answer());
                    }
                }
            })
        };
        let both = [carry_out(), carry_out()];
        for one in both {
            one.await.unwrap();
        }
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn a_round_that_is_cancelled_is_carried_out_by_the_next() {
    check(async || {
        let rounds = Arc::new(Rounds::default());
        let first = Arc::clone(&rounds);
        let first = spawn(async move {
            if let Ok(Claimed::Run(running)) = first.claim(round()).await {
                shuttle::future::yield_now().await;
                drop(running);
            }
        });
        let Ok(Claimed::Run(running)) = rounds.claim(round()).await else {
            panic!("nothing has carried it out")
        };
        running.settle(answer());
        first.await.unwrap();
        assert!(matches!(rounds.claim(round()).await, Ok(Claimed::Done(_))));
    });
}
