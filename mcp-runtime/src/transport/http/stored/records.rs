//! Operations on what the store has of sessions.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use mcp_core::jsonrpc::ProtocolError;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::super::session_id::SessionId;
use super::message::{Message, Notice, TOPIC};
use super::record::SessionRecord;
use super::stream_copy;
use crate::server::connection::{NoSession, STORE_UNAVAILABLE};
use crate::store::attempts::Attempts;
use crate::store::batch::{Batch, Committed, Version};
use crate::store::value::{expires_in, to_bytes};
use crate::store::{Store, StoreError};

/// Number of locks for changes.
const CHANGING: usize = 64;

/// Time for which an answer waits for the instance that has asked.
pub(super) const ANSWER_KEPT: Duration = Duration::from_secs(60);

/// Records of sessions in a store, and messages about them.
pub(in super::super) struct Records {
    pub(super) store: Store,
    /// Id of this instance.
    pub(super) instance: String,
    /// Time for which an idle session is kept.
    pub(super) lifetime: Duration,
    /// Locks for changes of records, so that those of one instance do not conflict.
    changing: [Mutex<()>; CHANGING],
}

/// A response of a client, for the instance that has asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StoredAnswer {
    /// JSON text of the response.
    Response(String),
    /// Reason for which the response cannot be read.
    Unreadable(String),
}

/// Obstacle to a change of a record.
#[derive(Debug)]
pub(super) enum NotChanged {
    /// There is no such session any more.
    Gone,
    /// The client requests what is not possible.
    Refused(ProtocolError),
    Store(StoreError),
    /// Others change the record all the time.
    Contended,
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotChanged> for ProtocolError {
    fn from(obstacle: NotChanged) -> Self {
        match obstacle {
            NotChanged::Refused(error) => error,
            NotChanged::Gone => Self::invalid_request(
                "the session has ended: send `initialize` without the header `Mcp-Session-Id`",
            ),
            NotChanged::Contended => Self::internal(
                "the session is being changed by many requests at once; send the request again",
            ),
            NotChanged::Store(error) => {
                tracing::warn!(error = %error.report(), "a session cannot be changed now");
                Self::internal(STORE_UNAVAILABLE)
            }
        }
    }
}

impl From<StoreError> for NoSession {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = %error.report(), "the store of sessions cannot be used now");
        Self::StoreUnavailable
    }
}

impl StoredAnswer {
    /// Length of its text.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Response(text) | Self::Unreadable(text) => text.len(),
        }
    }
}

impl Records {
    pub(super) fn new(store: Store, instance: String, lifetime: Duration) -> Self {
        let changing = std::array::from_fn(|_| Mutex::default());
        Self { store, instance, lifetime, changing }
    }

    /// Time at which what is written now expires.
    pub(super) fn expires(&self) -> Option<SystemTime> {
        // It is renewed a bit later than the session is used.
        expires_in(self.lifetime + self.lifetime / 8)
    }

    /// Writes the record of a new session.
    pub(super) async fn create(
        &self,
        id: SessionId,
        record: &SessionRecord,
    ) -> Result<Version, NotChanged> {
        let batch =
            Batch::new().expect_absent(key(id)).put(key(id), to_bytes(record), self.expires());
        match self.store.commit(batch).await? {
            Committed::Yes(version) => Ok(version),
            // The first attempt was carried out, although it seemed to have failed.
            Committed::Conflict => match self.load(id).await? {
                Some((_, version)) => Ok(version),
                None => Err(NotChanged::Contended),
            },
        }
    }

    /// Reads the record of a session.
    pub(super) async fn load(
        &self,
        id: SessionId,
    ) -> Result<Option<(SessionRecord, Version)>, StoreError> {
        let Some(found) = self.store.get(&key(id)).await? else { return Ok(None) };
        match serde_json::from_slice(&found.value) {
            Ok(record) => Ok(Some((record, found.version))),
            Err(error) => {
                tracing::warn!(%error, "the store has no readable record of a session");
                Ok(None)
            }
        }
    }

    /// Changes the record of a session, and renews it. Other instances are notified of a change.
    pub(super) async fn change(
        &self,
        id: SessionId,
        change: impl Fn(&mut SessionRecord) -> Result<(), ProtocolError>,
    ) -> Result<(SessionRecord, Version), NotChanged> {
        let attempts = Attempts::begin();
        let changing = attempts.wait(self.changing[id.index(CHANGING)].lock()).await;
        let Some(_changing) = changing else { return Err(NotChanged::Contended) };
        loop {
            let Some((before, version)) = self.load(id).await? else {
                return Err(NotChanged::Gone);
            };
            let mut after = before.clone();
            change(&mut after).map_err(NotChanged::Refused)?;
            let mut batch = Batch::new().expect(key(id), version).put(
                key(id),
                to_bytes(&after),
                self.expires(),
            );
            if after != before {
                batch = batch.publish(TOPIC, self.message(id, Notice::Changed));
            }
            if let Committed::Yes(version) = self.store.commit(batch).await? {
                return Ok((after, version));
            }
            if !attempts.are_left() {
                return Err(NotChanged::Contended);
            }
        }
    }

    /// Removes a stream.
    pub(super) async fn remove_stream(
        &self,
        session: SessionId,
        stream: u64,
    ) -> Result<(), StoreError> {
        let key = stream_copy::key(session, stream);
        let batch = Batch::new().remove(&*key).remove_log(&*key);
        self.store.commit(batch).await.map(drop)
    }

    /// Renews the record of a session, if there is one.
    pub(super) async fn renew(&self, id: SessionId) -> Result<(), StoreError> {
        match self.change(id, |_| Ok(())).await {
            Err(NotChanged::Store(error)) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Ends a session for all instances.
    pub(super) async fn remove(&self, id: SessionId) -> Result<(), StoreError> {
        let message = self.message(id, Notice::Ended);
        let batch = Batch::new().remove(key(id)).publish(TOPIC, message);
        self.store.commit(batch).await.map(drop)
    }

    /// Sends a message to the other instances.
    pub(super) async fn publish(&self, message: Bytes) -> Result<(), StoreError> {
        self.store.commit(Batch::new().publish(TOPIC, message)).await.map(drop)
    }

    /// Keeps an answer for the instance that has asked, and notifies it.
    pub(super) async fn keep_answer(
        &self,
        id: SessionId,
        question: &str,
        answer: &StoredAnswer,
    ) -> Result<(), StoreError> {
        let expires = expires_in(ANSWER_KEPT);
        let notice = Notice::Answered(question.into());
        let batch = Batch::new()
            .put(answer_key(id, question), to_bytes(answer), expires)
            .publish(TOPIC, self.message(id, notice));
        self.store.commit(batch).await.map(drop)
    }

    /// Reads the answer to a question, if it has come to another instance.
    pub(super) async fn answer(
        &self,
        id: SessionId,
        question: &str,
    ) -> Result<Option<StoredAnswer>, StoreError> {
        let found = self.store.get(&answer_key(id, question)).await?;
        Ok(found.and_then(|found| serde_json::from_slice(&found.value).ok()))
    }

    pub(super) fn message(&self, id: SessionId, notice: Notice) -> Bytes {
        to_bytes(&Message { from: self.instance.clone(), session: id.to_string(), notice })
    }
}

fn key(id: SessionId) -> String {
    format!("session/{id}")
}

fn answer_key(id: SessionId, question: &str) -> String {
    format!("session/{id}/answer/{question}")
}
