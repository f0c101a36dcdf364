//! The journal of a call: answers to its questions, the number of those that did not fit, and results
//! of its effects, kept from one run of the handler to the next.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Arc, OnceLock, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::Notify;

use super::question::{Digest, Identity};
use crate::context::budget::Reservation;
use crate::shorten::shorten_to;
use crate::sync::{Mutex, MutexGuard};

/// Maximum number of times that a question is asked again because its answer did not fit.
pub(crate) const MAX_REPEATS: u32 = 5;

/// Maximum length of the reason for which an answer did not fit.
const MAX_REASON_CHARACTERS: usize = 400;

/// The journal of one call.
#[derive(Default)]
pub(crate) struct Journal {
    entries: Mutex<Entries>,
    /// Notified when an effect has finished.
    done: Notify,
    /// Keeps results of effects beyond the run, for a call that is a task.
    keeper: OnceLock<Arc<dyn KeepEffects>>,
}

/// Keeps results of effects, so that a later run has them even if this process ends.
pub(crate) trait KeepEffects: Send + Sync {
    /// Waits until an effect may start. The future never ends if the run is over.
    fn ready(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

    /// Keeps a result. The future ends when the result is kept; if it cannot be, the run is over, and the
    /// future never ends.
    fn keep<'a>(
        &'a self,
        key: &'a str,
        result: &'a RawValue,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

#[derive(Default)]
struct Entries {
    answers: BTreeMap<Identity, Box<RawValue>>,
    misfits: BTreeMap<Identity, Misfits>,
    effects: BTreeMap<String, Effect>,
    /// Memory of answers that count. The handler may keep them to its end.
    held: Option<Reservation>,
    /// `true` once no further effect may start in this run, because it is about to be dropped.
    closed: bool,
    /// Number of equal questions in this run of the handler.
    occurrences: HashMap<Digest, u32>,
}

/// Answers to a question that did not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfits {
    count: u32,
    /// Fault of the last one.
    pub(crate) reason: String,
}

impl Misfits {
    /// Number of answers that did not fit.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// `true` if the question may be asked again.
    pub(crate) fn may_repeat(&self) -> bool {
        self.count <= MAX_REPEATS
    }
}

/// An action that is performed once in a call.
enum Effect {
    Running,
    /// The action has returned this result.
    Done(Box<RawValue>),
}

/// Result of claiming an effect.
pub(crate) enum Claim {
    /// The caller performs the action and settles it.
    Run,
    /// The action is running elsewhere; wait for it.
    Wait,
    /// The action has returned this result.
    Done(Box<RawValue>),
    /// The run of the handler is over; no action may start.
    Closed,
}

/// Serialized form of a journal, between two runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct JournalSnapshot {
    /// Digest, occurrence and text of each answer.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    answers: Vec<([u8; 16], u32, Box<RawValue>)>,
    /// Digest and occurrence of each question whose answers did not fit, their number, and the fault
    /// of the last one.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    misfits: Vec<([u8; 16], u32, u32, String)>,
    /// Key and result of each effect.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    effects: Vec<(String, Box<RawValue>)>,
}

impl Entries {
    fn is_busy(&self) -> bool {
        self.effects.values().any(|effect| matches!(effect, Effect::Running))
    }
}

impl Journal {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Identifies a question that is asked now, by the number of equal ones before it.
    pub(crate) fn identify(&self, digest: Digest) -> Identity {
        let mut entries = self.entries();
        let count = entries.occurrences.entry(digest).or_default();
        let occurrence = *count;
        *count += 1;
        Identity { digest, occurrence }
    }

    /// The answer to a question.
    pub(crate) fn answer(&self, question: Identity) -> Option<Box<RawValue>> {
        self.entries().answers.get(&question).cloned()
    }

    /// Keeps the memory of an answer as long as the journal.
    pub(crate) fn hold(&self, memory: Reservation) {
        match &mut self.entries().held {
            Some(held) => held.merge(memory),
            held @ None => *held = Some(memory),
        }
    }

    /// Stores an answer.
    pub(crate) fn record(&self, question: Identity, answer: Box<RawValue>) {
        self.entries().answers.insert(question, answer);
    }

    /// Removes an answer that does not fit, and counts it.
    pub(crate) fn misfit(&self, question: Identity, reason: &str) -> Misfits {
        let mut entries = self.entries();
        entries.answers.remove(&question);
        let count = entries.misfits.get(&question).map_or(0, |misfits| misfits.count);
        let reason = shorten_to(reason, MAX_REASON_CHARACTERS);
        let misfits = Misfits { count: count.saturating_add(1), reason };
        entries.misfits.insert(question, misfits.clone());
        misfits
    }

    /// The answers to a question that did not fit, if there are any.
    pub(crate) fn misfits(&self, question: Identity) -> Option<Misfits> {
        self.entries().misfits.get(&question).cloned()
    }

    /// Claims an effect. Returns [`Claim::Run`] to one caller.
    pub(crate) fn claim(&self, key: &str) -> Claim {
        let mut entries = self.entries();
        match entries.effects.get(key) {
            Some(Effect::Running) => Claim::Wait,
            Some(Effect::Done(result)) => Claim::Done(result.clone()),
            None if entries.closed => Claim::Closed,
            None => {
                entries.effects.insert(key.to_owned(), Effect::Running);
                Claim::Run
            }
        }
    }

    /// Sets what keeps the results of effects. Only the first one counts.
    pub(crate) fn keep_effects(&self, keeper: Arc<dyn KeepEffects>) {
        self.keeper.get_or_init(|| keeper);
    }

    /// Waits until an effect may start.
    pub(crate) async fn ready(&self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.ready().await;
        }
    }

    /// Keeps the result of an effect beyond the run, if the call is a task.
    pub(crate) async fn keep(&self, key: &str, result: &RawValue) {
        if let Some(keeper) = self.keeper.get() {
            keeper.keep(key, result).await;
        }
    }

    /// Stores the result of an effect. Without a result it may run again.
    pub(crate) fn settle(&self, key: &str, result: Option<Box<RawValue>>) {
        let mut entries = self.entries();
        match result {
            Some(result) => entries.effects.insert(key.to_owned(), Effect::Done(result)),
            None => entries.effects.remove(key),
        };
        drop(entries);
        self.done.notify_waiters();
    }

    /// Waits until an effect is no longer running.
    pub(crate) async fn settled(&self, key: &str) {
        loop {
            let done = self.done.notified();
            tokio::pin!(done);
            // Registered before the check, so that no wake-up is missed.
            done.as_mut().enable();
            if !matches!(self.entries().effects.get(key), Some(Effect::Running)) {
                return;
            }
            done.await;
        }
    }

    /// Returns `true` while an effect is running, which must not be interrupted.
    pub(crate) fn is_busy(&self) -> bool {
        self.entries().is_busy()
    }

    /// Prevents further effects, unless one is running. Returns `true` if none is.
    pub(crate) fn close_if_idle(&self) -> bool {
        let mut entries = self.entries();
        let is_idle = !entries.is_busy();
        entries.closed |= is_idle;
        is_idle
    }

    /// Prevents further effects.
    pub(crate) fn close(&self) {
        self.entries().closed = true;
    }

    /// Serializes the journal for the next run.
    pub(crate) fn snapshot(&self) -> JournalSnapshot {
        let entries = self.entries();
        let answers = entries.answers.iter();
        let answers = answers.map(|(id, answer)| (id.digest.0, id.occurrence, answer.clone()));
        let effects = entries.effects.iter().filter_map(|(key, effect)| match effect {
            Effect::Done(result) => Some((key.clone(), result.clone())),
            Effect::Running => None,
        });
        let misfits = entries.misfits.iter().map(|(id, Misfits { count, reason })| {
            (id.digest.0, id.occurrence, *count, reason.clone())
        });
        JournalSnapshot {
            answers: answers.collect(),
            misfits: misfits.collect(),
            effects: effects.collect(),
        }
    }

    /// Serializes the results of the effects only.
    pub(crate) fn effects(&self) -> JournalSnapshot {
        JournalSnapshot { effects: self.snapshot().effects, ..JournalSnapshot::default() }
    }

    /// Restores the result of an effect of an earlier run.
    pub(crate) fn restore_effect(&self, key: String, result: Box<RawValue>) {
        self.entries().effects.insert(key, Effect::Done(result));
    }

    /// Restores the journal of earlier runs.
    pub(crate) fn restore(&self, snapshot: JournalSnapshot) {
        let mut entries = self.entries();
        for (digest, occurrence, answer) in snapshot.answers {
            entries.answers.insert(Identity { digest: Digest(digest), occurrence }, answer);
        }
        for (digest, occurrence, count, reason) in snapshot.misfits {
            let identity = Identity { digest: Digest(digest), occurrence };
            entries.misfits.insert(identity, Misfits { count, reason });
        }
        for (key, result) in snapshot.effects {
            entries.effects.insert(key, Effect::Done(result));
        }
    }
}

impl JournalSnapshot {
    /// Description of the largest entry, and its size in bytes.
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
