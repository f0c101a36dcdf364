//! The events of a stream in the store, for a client that reconnects to another instance.
//!
//! A task for each stream writes them in order. The record of the stream names the instance that runs its
//! request. Each batch of events writes the record as well and expects the version of the batch before, so an
//! instance that was taken for dead writes nothing more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use mcp_core::jsonrpc::{ProtocolError, RequestId};
use mcp_core::revision::write_error;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};

use super::super::log::MAX_KEPT;
use super::super::session_id::SessionId;
use super::outgoing::Outgoing;
use super::part::SessionPart;
use super::records::Records;
use crate::store::batch::{Batch, Committed, Version};
use crate::store::value::{pauses, to_bytes};

/// Number of events that are written at once.
const MAX_BATCH: usize = 64;

/// Record of a stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StreamRecord {
    /// Instance that runs the request.
    pub(super) instance: String,
    pub(super) request: RequestId,
    /// Number of entries in the log.
    pub(super) written: u64,
    /// `true` once no more events follow.
    pub(super) is_over: bool,
}

/// Entry of the log of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// An event with its number, as it is sent.
    Event(u64, Bytes),
    /// Keeps the log from expiring.
    Renewal,
}

impl Entry {
    pub(super) fn to_bytes(&self) -> Bytes {
        match self {
            Self::Event(number, text) => [&number.to_be_bytes()[..], text].concat().into(),
            Self::Renewal => Bytes::new(),
        }
    }

    /// Reads an entry; `None` if it is damaged.
    pub(super) fn parse(bytes: &Bytes) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::Renewal);
        }
        let (number, _) = bytes.split_first_chunk::<8>()?;
        Some(Self::Event(u64::from_be_bytes(*number), bytes.slice(8..)))
    }
}

/// Size of the streams of a session in the store, in bytes.
#[derive(Debug, Default)]
pub(super) struct Room(AtomicUsize);

impl Room {
    /// Takes room, if there is enough within a limit.
    fn take(&self, size: usize, limit: usize) -> bool {
        let has_room = self.0.load(Ordering::Relaxed).saturating_add(size) <= limit;
        if has_room {
            self.0.fetch_add(size, Ordering::Relaxed);
        }
        has_room
    }
}

/// Copies the events of a stream into the store. Nothing is written before the first one.
pub(in super::super) struct StreamCopy {
    part: Arc<SessionPart>,
    number: u64,
    request: RequestId,
    /// The task that writes, once there is an event, until there are no more.
    writer: Option<UnboundedSender<Entry>>,
    /// Set when the copy is to be removed, for the task that may still write; `None` before the first event.
    is_removed: Option<Arc<AtomicBool>>,
    /// Number of bytes that notifications may still take.
    left: usize,
    used: usize,
}

impl StreamCopy {
    pub(in super::super) fn new(part: &Arc<SessionPart>, number: u64, request: RequestId) -> Self {
        Self {
            part: Arc::clone(part),
            number,
            request,
            writer: None,
            is_removed: None,
            left: MAX_KEPT,
            used: 0,
        }
    }

    /// Id of the request.
    pub(in super::super) fn request(&self) -> &RequestId {
        &self.request
    }

    /// Copies a notification, if there is room.
    pub(in super::super) fn notification(&mut self, number: u64, event: &[u8]) {
        if event.len() <= self.left && self.take(event.len()) {
            self.left -= event.len();
            self.write(number, Bytes::copy_from_slice(event));
        }
    }

    /// Copies a message that must not be dropped. If there is no room, an error takes its place.
    pub(in super::super) fn message(&mut self, number: u64, event: &[u8]) {
        if self.take(event.len()) {
            self.write(number, Bytes::copy_from_slice(event));
        } else {
            tracing::warn!("too much is stored for a session; an answer is replaced by an error");
            let reason = "the answer was too large to be kept for a client that reconnects; send the \
                          request again";
            self.write(number, error_event(self.number, number, &self.request, reason));
        }
    }

    /// Ends the copy: no more events follow.
    pub(in super::super) fn end(&mut self) {
        // The task ends with its channel.
        self.writer = None;
    }

    /// Removes the copy, because no client comes back for it.
    pub(in super::super) fn remove(&mut self) {
        self.end();
        if let Some(is_removed) = self.is_removed.take() {
            is_removed.store(true, Ordering::SeqCst);
            self.part.stored.send(Outgoing::RemoveStream(self.part.id, self.number));
        }
    }

    fn take(&mut self, size: usize) -> bool {
        let has_room = self.part.room.take(size, self.part.stored.memory_limit);
        if has_room {
            self.used += size;
        }
        has_room
    }

    fn write(&mut self, number: u64, event: Bytes) {
        if self.is_removed.is_none() {
            let Some(runtime) = self.part.stored.runtime.get() else { return };
            let (sender, receiver) = unbounded_channel();
            let writer = Writer {
                records: Arc::clone(&self.part.stored.records),
                key: key(self.part.id, self.number),
                record: StreamRecord {
                    instance: self.part.stored.instance().to_owned(),
                    request: self.request.clone(),
                    written: 0,
                    is_over: false,
                },
                version: None,
            };
            let writing = self.part.stored.writing();
            let (session, number) = (self.part.id, self.number);
            let is_removed = Arc::<AtomicBool>::default();
            self.is_removed = Some(Arc::clone(&is_removed));
            let records = Arc::clone(&writer.records);
            runtime.spawn(async move {
                writer.run(receiver).await;
                // It may have been removed before the last events were written.
                if is_removed.load(Ordering::SeqCst)
                    && let Err(error) = records.remove_stream(session, number).await
                {
                    tracing::debug!(error = %error.report(), "a stream stays until it expires");
                }
                drop(writing);
            });
            self.writer = Some(sender);
        }
        if let Some(writer) = &self.writer {
            // Fails when another instance has ended the stream.
            let _ = writer.send(Entry::Event(number, event));
        }
    }
}

impl Drop for StreamCopy {
    fn drop(&mut self) {
        self.part.room.0.fetch_sub(self.used, Ordering::Relaxed);
    }
}

/// Name of the record, the log and the topic of a stream.
pub(super) fn key(session: SessionId, stream: u64) -> String {
    format!("session/{session}/stream/{stream}")
}

/// An event with an error in place of an answer.
pub(super) fn error_event(
    stream: u64,
    number: u64,
    request: &RequestId,
    reason: &'static str,
) -> Bytes {
    let mut event = format!("id: {stream}-{number}\nevent: message\ndata: ").into_bytes();
    write_error(&mut event, Some(request), &ProtocolError::internal(reason));
    event.extend_from_slice(b"\n\n");
    event.into()
}

/// Writes the log of one stream.
struct Writer {
    records: Arc<Records>,
    key: String,
    record: StreamRecord,
    /// Version of the record as this instance has written it.
    version: Option<Version>,
}

impl Writer {
    async fn run(mut self, mut entries: UnboundedReceiver<Entry>) {
        let renewal = self.records.lifetime / 2;
        let mut batch = Vec::new();
        loop {
            batch.clear();
            let received = timeout(renewal, entries.recv_many(&mut batch, MAX_BATCH)).await;
            let is_over = received == Ok(0);
            if received.is_err() {
                batch.push(Entry::Renewal);
            }
            if !self.append(&batch, is_over).await || is_over {
                return;
            }
        }
    }

    /// Writes entries. Returns `false` if another instance has ended the stream, or it was removed.
    async fn append(&mut self, entries: &[Entry], is_over: bool) -> bool {
        let written = self.record.written + entries.len() as u64;
        let record = StreamRecord { written, is_over, ..self.record.clone() };
        let expires = self.records.expires();
        let key = &*self.key;
        let mut batch = match self.version {
            Some(version) => Batch::new().expect(key, version),
            None => Batch::new().expect_absent(key),
        };
        batch = batch.put(key, to_bytes(&record), expires);
        for entry in entries {
            batch = batch.append(key, entry.to_bytes(), expires);
        }
        let batch = batch.publish(key, Bytes::new());
        let Some(version) = self.commit(batch, &record).await else { return false };
        (self.record, self.version) = (record, Some(version));
        true
    }

    /// Commits a batch, as often as it takes.
    async fn commit(&self, batch: Batch, record: &StreamRecord) -> Option<Version> {
        let mut pauses = pauses();
        loop {
            let committed = self.records.store.commit(batch.clone()).await;
            let found = match committed {
                Ok(Committed::Yes(version)) => return Some(version),
                // An attempt that seemed to have failed may have been carried out.
                Ok(Committed::Conflict) => self.records.store.get(&self.key).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) => {
                    let found = found?;
                    let is_own = serde_json::from_slice::<StreamRecord>(&found.value)
                        .is_ok_and(|found| found == *record);
                    return is_own.then_some(found.version);
                }
                Err(error) => {
                    tracing::warn!(error = %error.report(), "events of a stream are not stored yet");
                    sleep(pauses.next()?).await;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_round_trip() {
        for entry in [Entry::Renewal, Entry::Event(7, Bytes::from_static(b"data: x\n\n"))] {
            assert_eq!(Entry::parse(&entry.to_bytes()), Some(entry));
        }
        assert_eq!(Entry::parse(&Bytes::from_static(b"short")), None);
    }

    #[test]
    fn an_error_takes_the_place_of_an_answer() {
        let event = error_event(5, 2, &RequestId::Integer(1), "gone");
        let expected = "id: 5-2\nevent: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"error\":\
                        {\"code\":-32603,\"message\":\"gone\"}}\n\n";
        assert_eq!(event, expected);
    }
}
