//! What is known of a call from its earlier tries: answers to its questions, and what it has done.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::question::{Digest, Identity};

/// The journal of one call.
#[derive(Default)]
pub(crate) struct Journal {
    entries: Mutex<Entries>,
    /// Told when something that was being done is done.
    done: Notify,
}

#[derive(Default)]
struct Entries {
    answers: BTreeMap<Identity, Box<RawValue>>,
    effects: BTreeMap<String, Effect>,
    /// Whether nothing more is begun in this run: it is about to be dropped.
    closed: bool,
    /// How often equal questions were asked in this run of the handler.
    asked: HashMap<Digest, u32>,
}

/// Something that is done once in a call.
enum Effect {
    /// It is being done.
    StartedHandler,
    /// It was done, and came to this.
    Done(Box<RawValue>),
}

/// What there is to do about an effect.
pub(crate) enum Claim {
    /// To do it, and to say what it came to.
    Do,
    /// To wait until somebody else has done it.
    Wait,
    /// Nothing: it came to this.
    Done(Box<RawValue>),
    /// Nothing any more: the run of the handler is over.
    Never,
}

/// A journal as it is kept between two tries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pages {
    /// Digest, occurrence and text of each answer.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<([u8; 16], u32, Box<RawValue>)>,
    /// Key and result of each effect.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    effects: Vec<(String, Box<RawValue>)>,
}

impl Entries {
    fn is_busy(&self) -> bool {
        self.effects.values().any(|effect| matches!(effect, Effect::StartedHandler))
    }
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a question that is asked now.
    pub(crate) fn identify(&self, digest: Digest) -> Identity {
        let mut entries = self.entries();
        let count = entries.asked.entry(digest).or_default();
        let occurrence = *count;
        *count += 1;
        Identity { digest, occurrence }
    }

    /// The answer to a question.
    pub(crate) fn answer(&self, question: Identity) -> Option<Box<RawValue>> {
        self.entries().answers.get(&question).cloned()
    }

    /// Writes an answer down.
    pub(crate) fn record(&self, question: Identity, answer: Box<RawValue>) {
        self.entries().answers.insert(question, answer);
    }

    /// Strikes an answer out that turned out to be none.
    pub(crate) fn strike(&self, question: Identity) {
        self.entries().answers.remove(&question);
    }

    /// What there is to do about an effect.
    pub(crate) fn claim(&self, key: &str) -> Claim {
        let mut entries = self.entries();
        match entries.effects.get(key) {
            Some(Effect::StartedHandler) => Claim::Wait,
            Some(Effect::Done(result)) => Claim::Done(result.clone()),
            None if entries.closed => Claim::Never,
            None => {
                entries.effects.insert(key.to_owned(), Effect::StartedHandler);
                Claim::Do
            }
        }
    }

    /// Writes down what an effect came to; without a result it may be tried again.
    pub(crate) fn settle(&self, key: &str, result: Option<Box<RawValue>>) {
        let mut entries = self.entries();
        match result {
            Some(result) => entries.effects.insert(key.to_owned(), Effect::Done(result)),
            None => entries.effects.remove(key),
        };
        drop(entries);
        self.done.notify_waiters();
    }

    /// Waits until an effect is no longer being done.
    pub(crate) async fn settled(&self, key: &str) {
        loop {
            let done = self.done.notified();
            tokio::pin!(done);
            // Registered before the look, so that no end falls between the two.
            done.as_mut().enable();
            if !matches!(self.entries().effects.get(key), Some(Effect::StartedHandler)) {
                return;
            }
            done.await;
        }
    }

    /// Whether something is being done that must not be broken off.
    pub(crate) fn is_busy(&self) -> bool {
        self.entries().is_busy()
    }

    /// Has nothing more begin, unless something is being done. Says whether that is so.
    pub(crate) fn close_if_idle(&self) -> bool {
        let mut entries = self.entries();
        let is_idle = !entries.is_busy();
        entries.closed |= is_idle;
        is_idle
    }

    /// Has nothing more begin.
    pub(crate) fn close(&self) {
        self.entries().closed = true;
    }

    /// What is to be kept for the next try.
    pub(crate) fn pages(&self) -> Pages {
        let entries = self.entries();
        let answers = entries.answers.iter();
        let answers = answers.map(|(id, answer)| (id.digest.0, id.occurrence, answer.clone()));
        let effects = entries.effects.iter().filter_map(|(key, effect)| match effect {
            Effect::Done(result) => Some((key.clone(), result.clone())),
            Effect::StartedHandler => None,
        });
        Pages { answers: answers.collect(), effects: effects.collect() }
    }

    /// Takes over what was kept of earlier tries.
    pub(crate) fn reopen(&self, pages: Pages) {
        let mut entries = self.entries();
        for (digest, occurrence, answer) in pages.answers {
            entries.answers.insert(Identity { digest: Digest(digest), occurrence }, answer);
        }
        for (key, result) in pages.effects {
            entries.effects.insert(key, Effect::Done(result));
        }
    }
}

impl Pages {
    /// The largest entry, for people, and its size in bytes.
    pub(crate) fn largest(&self) -> Option<(String, usize)> {
        let answers = self.answers.iter().map(|(_, _, answer)| ("an answer".to_owned(), answer));
        let answers = answers.map(|(what, json)| (what, json.get().len()));
        let effects = self.effects.iter().map(|(key, result)| {
            let shown: String = key.chars().take(64).collect();
            (format!("the result of `{shown}`"), key.len() + result.get().len())
        });
        answers.chain(effects).max_by_key(|(_, size)| *size)
    }
}
