//! A stream of another instance, read from the store.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use mcp_core::jsonrpc::RequestId;
use tokio::time::{Instant, sleep};

use super::super::stream::Stream;
use super::super::streams::EventId;
use super::message::Notice;
use super::part::SessionPart;
use super::stream_copy::{Entry, StreamRecord, error_event, key};
use crate::context::sink::NotificationSink as _;
use crate::store::StoreError;
use crate::store::batch::{Batch, Version};
use crate::store::instance::has_gone;
use crate::store::topics::Listener;
use crate::store::value::to_bytes;

/// Number of entries that are read at once.
const PAGE: usize = 64;

/// Time without events after which the instance that runs the request is looked for.
const CHECK_AFTER: Duration = Duration::from_secs(3);

/// Interval at which that instance is notified of the reader.
const READS_EVERY: Duration = Duration::from_secs(15);

/// Pause after an operation of the store that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Reason of the error for a request whose instance is gone.
const GONE: &str = "the server that ran this request has ended; send the request again";

/// A stream of another instance.
pub(in super::super) struct Followed {
    part: Arc<SessionPart>,
    key: String,
    stream: u64,
    changes: Listener,
    /// Number of the last event that the client has.
    last: u64,
    /// Number of the last entry that was read.
    read: u64,
}

/// State of the log after a page was read.
#[derive(Debug, PartialEq, Eq)]
enum Page {
    Full,
    Last,
}

impl Followed {
    /// Begins to follow a stream behind an event; `None` if the store does not have it.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub(in super::super) async fn find(
        part: &Arc<SessionPart>,
        last: EventId,
    ) -> Result<Option<Self>, StoreError> {
        let key = key(part.id, last.stream);
        let store = &part.stored.records.store;
        // First, because the stream may change after it was found.
        if store.get(&key).await?.is_none() {
            return Ok(None);
        }
        let changes = store.subscribe(&key).await?;
        let (part, stream, last) = (Arc::clone(part), last.stream, last.event);
        Ok(Some(Self { part, key, stream, changes, last, read: 0 }))
    }

    /// Forwards events until the end of the stream.
    pub(in super::super) async fn forward(mut self, out: &Stream) {
        let mut notified: Option<Instant> = None;
        loop {
            match self.forward_available(out).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = %error.report(), "a stream cannot be followed now");
                    sleep(RETRY).await;
                    continue;
                }
            }
            if notified.is_none_or(|at| at.elapsed() >= READS_EVERY) {
                self.part.stored.notify(self.part.id, Notice::Reads(self.stream));
                notified = Some(Instant::now());
            }
            tokio::select! {
                message = self.changes.next() => if message.is_none() { return },
                () = sleep(CHECK_AFTER) => {
                    if let Err(error) = self.check().await {
                        tracing::warn!(error = %error.report(), "an instance cannot be looked for");
                    }
                }
            }
        }
    }

    /// Forwards what there is. Returns `true` at the end of the stream.
    async fn forward_available(&mut self, out: &Stream) -> Result<bool, StoreError> {
        // Read before the log, which is complete if it is over.
        let record = self.record().await?;
        while self.forward_page(out).await? == Page::Full {}
        Ok(match record {
            Some((record, _)) => record.is_over,
            // It has expired or was removed.
            None => true,
        })
    }

    async fn forward_page(&mut self, out: &Stream) -> Result<Page, StoreError> {
        let store = &self.part.stored.records.store;
        let entries = store.entries(&self.key, self.read, PAGE).await?;
        let page = if entries.len() == PAGE { Page::Full } else { Page::Last };
        for (number, entry) in entries {
            self.read = number;
            match Entry::parse(&entry) {
                Some(Entry::Event(event, text)) if event > self.last => {
                    self.last = event;
                    poll_fn(|cx| out.poll_ready(cx)).await;
                    out.forward(text.to_vec());
                }
                Some(_) => {}
                None => tracing::warn!("the store has a damaged event"),
            }
        }
        Ok(page)
    }

    async fn record(&self) -> Result<Option<(StreamRecord, Version)>, StoreError> {
        let found = self.part.stored.records.store.get(&self.key).await?;
        Ok(found.and_then(|found| {
            serde_json::from_slice(&found.value).ok().map(|record| (record, found.version))
        }))
    }

    /// Ends the stream with an error, if the instance that runs its request has gone.
    async fn check(&self) -> Result<(), StoreError> {
        let store = &self.part.stored.records.store;
        let Some((record, version)) = self.record().await? else { return Ok(()) };
        if record.is_over || !has_gone(store, &record.instance).await? {
            return Ok(());
        }
        let error = self.error(&record.request);
        let over = StreamRecord { written: record.written + 1, is_over: true, ..record };
        let expires = self.part.stored.records.expires();
        // If this conflicts, another one has ended it, or the instance is there after all.
        let batch = Batch::new()
            .expect(&*self.key, version)
            .put(&*self.key, to_bytes(&over), expires)
            .append(&*self.key, error.to_bytes(), expires)
            .publish(&*self.key, Vec::new());
        store.commit(batch).await.map(drop)
    }

    fn error(&self, request: &RequestId) -> Entry {
        let number = self.last + 1;
        Entry::Event(number, error_event(self.stream, number, request, GONE))
    }
}
