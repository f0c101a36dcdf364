//! Rounds of calls that ask, so that a round which is sent twice is carried out once.
//!
//! A client whose connection broke does not know whether its last request was carried out, and sends it
//! again. The answer of a round is kept for that, under the call and its `requestState`. A round that was
//! cancelled leaves the results of its effects.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::CacheHint;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use super::Asking;
use super::binding::{Binding, digest};
use super::journal::{Journal, JournalSnapshot};
use super::retry::{Retry, is_given};
use super::stored_rounds::{StoredClaim, StoredRound};
use crate::clock::Instant;
use crate::context::exchange::Exchange;
use crate::context::host::Host;
use crate::context::members::Members;
use crate::store::Store;
use crate::sync::{Mutex, MutexGuard};

/// Time for which the answer of a round is kept.
pub(super) const KEPT: Duration = Duration::from_secs(10 * 60);

/// Limit of the number of rounds that are kept.
const MAX_ROUNDS: usize = 1024;

/// Limit of the memory of their answers.
const MAX_BYTES: usize = 16 << 20;

/// Rounds of a server.
#[derive(Default)]
pub(crate) struct Rounds(Mutex<Table>);

#[derive(Default)]
struct Table {
    rounds: HashMap<[u8; 32], Entry>,
    /// Memory of the answers.
    bytes: usize,
}

struct Entry {
    /// Digest of the answers that the client has sent.
    responses: [u8; 32],
    since: Instant,
    state: watch::Sender<State>,
}

#[derive(Clone)]
enum State {
    Running,
    /// The answer, and the effects of a round that asked again.
    Done(Answer, JournalSnapshot),
    /// It was cancelled or failed, with the effects that it had.
    Open(JournalSnapshot),
}

/// Answer of a round, which is cheap to clone.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) members: Bytes,
    pub(crate) meta: String,
    pub(crate) cache: Option<CacheHint>,
    pub(crate) result_type: Option<Box<str>>,
}

/// A round as its client names it.
pub(crate) struct RoundId {
    pub(super) round: [u8; 32],
    pub(super) responses: [u8; 32],
}

/// Place of a round in the table.
pub(crate) enum Claimed<'a> {
    /// The caller carries the round out.
    Run(RunningRound<'a>),
    /// It was carried out before.
    Done(Answer),
}

impl RoundId {
    /// Identifies the round of a request; `None` if it brings no state along.
    pub(crate) fn of(host: &dyn Host, exchange: &Exchange) -> Option<Self> {
        exchange.question_slot().get()?;
        let retry = Retry::of(exchange);
        let state = retry.state.filter(is_given)?.string()?;
        let mut round = Sha256::new();
        round.update(Binding::of(host, exchange).as_bytes());
        round.update(state.as_bytes());
        let responses = digest(retry.responses.filter(is_given));
        Some(Self { round: round.finalize().into(), responses })
    }
}

impl Rounds {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Claims a round. If it runs already, this waits for its end.
    ///
    /// # Errors
    /// `-32602` if the round was carried out with other answers.
    pub(crate) async fn claim(&self, id: RoundId) -> Result<Claimed<'_>, ProtocolError> {
        loop {
            match self.look_up(&id) {
                Found::Running(running) => ended(running).await,
                Found::Done(answer) => return Ok(Claimed::Done(answer)),
                Found::Free(effects) => {
                    return Ok(Claimed::Run(RunningRound::new(self, id, effects)));
                }
                Found::AnsweredOtherwise => return Err(answered_otherwise()),
            }
        }
    }

    /// Looks a round up, and takes its place if it is free.
    fn look_up(&self, id: &RoundId) -> Found {
        let mut table = self.table();
        table.sweep();
        let Some(entry) = table.rounds.get(&id.round) else {
            table.insert(id);
            return Found::Free(None);
        };
        let is_same = entry.responses == id.responses;
        let current = entry.state.borrow().clone();
        let effects = match current {
            State::Open(effects) => effects,
            State::Done(answer, _) if is_same => return Found::Done(answer),
            // Other answers to the same questions, such as a partial answer made whole.
            State::Done(answer, effects) if answer.asks_again() => effects,
            State::Running if is_same => return Found::Running(entry.state.subscribe()),
            State::Running | State::Done(..) => return Found::AnsweredOtherwise,
        };
        table.remove(&id.round);
        table.insert(id);
        Found::Free(Some(effects))
    }
}

/// Entry of a round.
enum Found {
    /// The place is free and was taken, with the effects of an earlier run.
    Free(Option<JournalSnapshot>),
    Running(watch::Receiver<State>),
    Done(Answer),
    AnsweredOtherwise,
}

/// Waits until a round does not run any more.
async fn ended(mut running: watch::Receiver<State>) {
    // The sender is dropped if the entry was removed meanwhile.
    let _ = running.wait_for(|state| !matches!(state, State::Running)).await;
}

pub(super) fn answered_otherwise() -> ProtocolError {
    ProtocolError::invalid_params(
        "`inputResponses`: the questions of this `requestState` were answered before, with other \
         responses; go on with the answer to those",
    )
}

impl Table {
    fn insert(&mut self, id: &RoundId) {
        let (state, since) = (watch::Sender::new(State::Running), Instant::now());
        self.rounds.insert(id.round, Entry { responses: id.responses, since, state });
    }

    /// Removes what is too old, and the oldest where there is too much.
    fn sweep(&mut self) {
        let is_running = |entry: &Entry| matches!(*entry.state.borrow(), State::Running);
        let is_old = |entry: &Entry| entry.since.elapsed() >= KEPT && !is_running(entry);
        let old: Vec<_> =
            self.rounds.iter().filter(|(_, it)| is_old(it)).map(|(round, _)| *round).collect();
        old.iter().for_each(|round| self.remove(round));
        while self.rounds.len() >= MAX_ROUNDS || self.bytes > MAX_BYTES {
            let ended = self.rounds.iter().filter(|(_, entry)| !is_running(entry));
            let Some(oldest) = ended.min_by_key(|(_, entry)| entry.since).map(|(round, _)| *round)
            else {
                return;
            };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, round: &[u8; 32]) {
        if let Some(entry) = self.rounds.remove(round)
            && let State::Done(answer, _) = &*entry.state.borrow()
        {
            self.bytes = self.bytes.saturating_sub(answer.size());
        }
    }
}

impl Answer {
    pub(super) fn asks_again(&self) -> bool {
        self.result_type.as_deref() == Some("input_required")
    }

    pub(super) fn size(&self) -> usize {
        self.members.len() + self.meta.len()
    }
}

impl From<Answer> for Members {
    fn from(Answer { members, meta, cache, result_type }: Answer) -> Self {
        Self { members, meta, cache, result_type, ..Self::default() }
    }
}

/// A round that is carried out. Dropping it leaves its effects to the next one.
pub(crate) struct RunningRound<'a> {
    rounds: &'a Rounds,
    id: RoundId,
    /// Effects of a run that was cancelled.
    effects: Option<JournalSnapshot>,
    journal: Option<Arc<Journal>>,
    /// Place of the round in the store, if that outlives the process.
    stored: Option<StoredRound>,
    is_done: bool,
}

impl<'a> RunningRound<'a> {
    fn new(rounds: &'a Rounds, id: RoundId, effects: Option<JournalSnapshot>) -> Self {
        Self { rounds, id, effects, journal: None, stored: None, is_done: false }
    }

    /// Claims the round in the store, too. Returns its answer if it was carried out before, by another
    /// instance or before a restart.
    ///
    /// # Errors
    /// `-32602` if it was carried out with other answers, `-32603` if the store cannot be reached.
    pub(crate) async fn claim_in(
        &mut self,
        store: &Store,
        instance: &str,
    ) -> Result<Option<Answer>, ProtocolError> {
        match StoredRound::claim(store, instance, &self.id).await? {
            StoredClaim::Done(answer) => Ok(Some(answer)),
            StoredClaim::Run(stored, effects) => {
                self.effects = self.effects.take().or(effects);
                self.stored = Some(stored);
                Ok(None)
            }
        }
    }

    /// Gives the handler the effects of a run that was cancelled.
    pub(crate) fn enter(&mut self, exchange: &Exchange) {
        let Some(asking) = Asking::existing(exchange) else { return };
        if let Some(effects) = self.effects.take() {
            asking.journal.restore(effects);
        }
        self.journal = Some(Arc::clone(&asking.journal));
    }

    fn effects(&self) -> JournalSnapshot {
        self.journal.as_ref().map(|journal| journal.effects()).unwrap_or_default()
    }

    /// Keeps the answer.
    ///
    /// # Errors
    /// `-32603` if another instance has gone on with the round meanwhile.
    pub(crate) async fn done(mut self, answer: Answer) -> Result<(), ProtocolError> {
        if let Some(stored) = &mut self.stored {
            let effects = self.journal.as_ref().map(|journal| journal.effects());
            stored.done(&answer, effects.unwrap_or_default()).await?;
        }
        self.settle(answer);
        Ok(())
    }

    /// Keeps an answer in this process.
    pub(crate) fn settle(mut self, answer: Answer) {
        let effects = if answer.asks_again() { self.effects() } else { JournalSnapshot::default() };
        let mut table = self.rounds.table();
        table.bytes += answer.size();
        if let Some(entry) = table.rounds.get(&self.id.round) {
            entry.state.send_replace(State::Done(answer, effects));
        }
        self.is_done = true;
    }
}

impl Drop for RunningRound<'_> {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let effects = self.effects();
        if let Some(stored) = self.stored.take() {
            stored.leave(effects.clone());
        }
        if let Some(entry) = self.rounds.table().rounds.get(&self.id.round) {
            entry.state.send_replace(State::Open(effects));
        }
    }
}
