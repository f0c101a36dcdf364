//! Rounds in the store, for clients that send one again to another instance or after a restart.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_core::jsonrpc::ProtocolError;
use mcp_core::revision::CacheHint;
use serde::{Deserialize, Serialize};

use super::journal::JournalSnapshot;
use super::rounds::{Answer, KEPT, RoundId, answered_otherwise};
use crate::clock::timeout;
use crate::store::batch::{Batch, Committed, Record, Version};
use crate::store::instance::has_gone;
use crate::store::value::{expires_in, to_bytes};
use crate::store::{Store, StoreError};

/// Time for which a round is known that runs. Its instance is noticed to be gone long before.
const RUNNING_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Interval at which it is checked whether the instance of a round is there.
const CHECK_INTERVAL: Duration = Duration::from_secs(3);

/// Maximum size of an answer in the store. Of a larger one the effects are kept, so that its round runs
/// again without them.
const MAX_ANSWER: usize = 1 << 20;

/// A round that this instance carries out.
pub(super) struct StoredRound {
    store: Store,
    key: String,
    responses: String,
    version: Version,
}

/// Place of a round in the store.
pub(super) enum StoredClaim {
    /// The caller carries the round out, with the effects of an earlier run.
    Run(StoredRound, Option<JournalSnapshot>),
    /// It was carried out before.
    Done(Answer),
}

#[derive(Serialize, Deserialize)]
struct Entry {
    /// Digest of the answers that the client has sent.
    responses: String,
    state: State,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Running { instance: String },
    Done { answer: StoredAnswer, effects: JournalSnapshot },
    Open { effects: JournalSnapshot },
}

#[derive(Serialize, Deserialize)]
struct StoredAnswer {
    members: String,
    meta: String,
    /// Milliseconds for which it is fresh, and whether only the requester may keep it.
    cache: Option<(u64, bool)>,
    result_type: Option<Box<str>>,
}

/// Meaning of an entry for a client that sends its round.
enum Found {
    Free(Option<JournalSnapshot>),
    Running(String),
    Done(Answer),
    AnsweredOtherwise,
}

impl StoredRound {
    /// Claims a round. If another instance runs it, this waits for its end.
    ///
    /// # Errors
    /// `-32602` if the round was carried out with other answers, `-32603` if the store cannot be reached.
    pub(super) async fn claim(
        store: &Store,
        instance: &str,
        id: &RoundId,
    ) -> Result<StoredClaim, ProtocolError> {
        let key = key(id);
        let responses = URL_SAFE_NO_PAD.encode(id.responses);
        let mut changes = None;
        loop {
            let record = store.get(&key).await.map_err(|error| unreachable_now(&error))?;
            let effects = match read(record.as_ref(), &responses, instance) {
                Found::Free(effects) => effects,
                Found::Done(answer) => return Ok(StoredClaim::Done(answer)),
                Found::AnsweredOtherwise => return Err(answered_otherwise()),
                Found::Running(other) => {
                    let Some(changes) = &mut changes else {
                        let listener = store.subscribe(&key).await;
                        changes = Some(listener.map_err(|error| unreachable_now(&error))?);
                        continue;
                    };
                    let is_same = timeout(CHECK_INTERVAL, changes.next()).await.is_err();
                    let gone = || async {
                        has_gone(store, &other).await.map_err(|error| unreachable_now(&error))
                    };
                    if !(is_same && gone().await?) {
                        continue;
                    }
                    None
                }
            };
            let running = State::Running { instance: instance.to_owned() };
            let entry = Entry { responses: responses.clone(), state: running };
            let batch = match &record {
                Some(record) => Batch::new().expect(&key, record.version),
                None => Batch::new().expect_absent(&key),
            };
            let batch = batch.put(&key, to_bytes(&entry), expires_in(RUNNING_FOR));
            let committed = store.commit(batch).await.map_err(|error| unreachable_now(&error))?;
            if let Committed::Yes(version) = committed {
                let store = store.clone();
                return Ok(StoredClaim::Run(Self { store, key, responses, version }, effects));
            }
        }
    }

    /// Keeps the answer.
    ///
    /// # Errors
    /// `-32603` if another instance has gone on with the round meanwhile.
    pub(super) async fn done(
        &mut self,
        answer: &Answer,
        effects: JournalSnapshot,
    ) -> Result<(), ProtocolError> {
        let state = match std::str::from_utf8(&answer.members) {
            Ok(members) if answer.size() <= MAX_ANSWER => State::Done {
                answer: StoredAnswer {
                    members: members.to_owned(),
                    meta: answer.meta.clone(),
                    cache: answer.cache.map(|hint| (hint.ttl_ms, hint.private)),
                    result_type: answer.result_type.clone(),
                },
                effects,
            },
            _ => State::Open { effects },
        };
        match self.write(state).await {
            Ok(Committed::Yes(version)) => self.version = version,
            Ok(Committed::Conflict) => {
                return Err(ProtocolError::internal(
                    "another instance of the server goes on with this request, because this one was \
                     not seen for a while; send the request again",
                ));
            }
            // The client gets the answer and has no reason to send the round again.
            Err(error) => {
                tracing::warn!(error = %error.report(), "the answer of a round is not kept");
            }
        }
        Ok(())
    }

    /// Leaves the round, which was cancelled or failed, with the effects that it had.
    pub(super) fn leave(mut self, effects: JournalSnapshot) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = self.write(State::Open { effects }).await {
                tracing::warn!(error = %error.report(), "the effects of a round are not kept");
            }
        });
    }

    async fn write(&mut self, state: State) -> Result<Committed, StoreError> {
        let entry = Entry { responses: self.responses.clone(), state };
        let batch = Batch::new()
            .expect(&self.key, self.version)
            .put(&self.key, to_bytes(&entry), expires_in(KEPT))
            .publish(&self.key, "ended");
        self.store.commit(batch).await
    }
}

/// Reads the entry of a round.
fn read(record: Option<&Record>, responses: &str, instance: &str) -> Found {
    let Some(record) = record else { return Found::Free(None) };
    let entry = match serde_json::from_slice::<Entry>(&record.value) {
        Ok(entry) => entry,
        Err(error) => {
            tracing::warn!(%error, "a round in the store cannot be read");
            return Found::Free(None);
        }
    };
    let is_same = entry.responses == responses;
    match entry.state {
        State::Open { effects } => Found::Free(Some(effects)),
        State::Done { answer, effects } => {
            let answer = Answer::from(answer);
            match (is_same, answer.asks_again()) {
                (true, _) => Found::Done(answer),
                // Other answers to the same questions, such as a partial answer made whole.
                (false, true) => Found::Free(Some(effects)),
                (false, false) => Found::AnsweredOtherwise,
            }
        }
        // The caller holds the place of the round in this process, so what is here has ended.
        State::Running { instance: other } if other == instance => Found::Free(None),
        State::Running { instance } if is_same => Found::Running(instance),
        State::Running { .. } => Found::AnsweredOtherwise,
    }
}

impl From<StoredAnswer> for Answer {
    fn from(StoredAnswer { members, meta, cache, result_type }: StoredAnswer) -> Self {
        let hint = |(ttl_ms, private)| match private {
            true => CacheHint::private(ttl_ms),
            false => CacheHint::public(ttl_ms),
        };
        Self { members: members.into(), meta, cache: cache.map(hint), result_type }
    }
}

fn unreachable_now(error: &StoreError) -> ProtocolError {
    tracing::error!(error = %error.report(), "a round cannot be claimed");
    ProtocolError::internal(
        "the store of the server cannot be reached now; send the request again later",
    )
}

fn key(id: &RoundId) -> String {
    format!("round/{}", URL_SAFE_NO_PAD.encode(id.round))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::instance::Instance;

    async fn put(store: &Store, id: &RoundId, entry: &[u8]) {
        store.commit(Batch::new().put(key(id), entry.to_vec(), None)).await.unwrap();
    }

    async fn claims(store: &Store, id: &RoundId) -> bool {
        let claimed = StoredRound::claim(store, "this", id).await.unwrap();
        matches!(claimed, StoredClaim::Run(_, None))
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_of_an_instance_that_has_gone_is_taken_over() {
        let store = Store::memory();
        let id = RoundId { round: [1; 32], responses: [2; 32] };
        let gone = Instance::new().unwrap();
        let StoredClaim::Run(mut lost, None) =
            StoredRound::claim(&store, gone.id(), &id).await.unwrap()
        else {
            panic!("the round is free");
        };
        drop(gone);
        assert!(claims(&store, &id).await);
        // The instance was not gone, but paused.
        let (members, meta) = (bytes::Bytes::new(), String::new());
        let answer = Answer { members, meta, cache: None, result_type: None };
        let error = lost.done(&answer, JournalSnapshot::default()).await.unwrap_err();
        assert!(error.message.contains("another instance"), "{error}");
    }

    #[tokio::test]
    async fn an_entry_that_cannot_be_read_is_replaced() {
        let store = Store::memory();
        let id = RoundId { round: [1; 32], responses: [2; 32] };
        for entry in [&b""[..], b"{", br#"{"responses":"","state":{"paused":{}}}"#] {
            put(&store, &id, entry).await;
            assert!(claims(&store, &id).await);
        }
    }

    #[tokio::test]
    async fn the_effects_of_a_large_answer_are_kept_without_it() {
        let store = Store::memory();
        let id = RoundId { round: [1; 32], responses: [2; 32] };
        for (size, is_kept) in [(MAX_ANSWER, true), (MAX_ANSWER + 1, false)] {
            put(&store, &id, b"").await;
            let StoredClaim::Run(mut round, _) =
                StoredRound::claim(&store, "this", &id).await.unwrap()
            else {
                panic!("the round is free");
            };
            let (members, meta) = (" ".repeat(size).into(), String::new());
            let answer = Answer { members, meta, cache: None, result_type: None };
            round.done(&answer, JournalSnapshot::default()).await.unwrap();
            let claimed = StoredRound::claim(&store, "other", &id).await.unwrap();
            assert_eq!(matches!(claimed, StoredClaim::Done(_)), is_kept, "{size}");
        }
    }
}
