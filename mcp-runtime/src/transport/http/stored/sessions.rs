//! The sessions of a server in its store.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use mcp_core::jsonrpc::{Limits, ProtocolError};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;

use super::super::session_id::SessionId;
use super::message::Notice;
use super::outgoing::{MAX_OUTGOING, Outgoing};
use super::part::{SessionPart, TakenUp};
use super::record::SessionRecord;
use super::records::{ANSWER_KEPT, Records, StoredAnswer};
use crate::component::app::App;
use crate::context::budget::{Budget, REQUEST};
use crate::context::cancellation::Cancellation;
use crate::context::changes::Changes;
use crate::context::principal::Owner;
use crate::context::session::Session;
use crate::server::connection::{NoSession, Unclaimed};
use crate::store::instance::has_gone;

/// Sessions of a server in its store.
pub(in super::super) struct StoredSessions {
    pub(in super::super) records: Arc<Records>,
    pub(super) outgoing: mpsc::Sender<Outgoing>,
    /// `None` once the task that sends has started.
    waiting: Mutex<Option<mpsc::Receiver<Outgoing>>>,
    /// Number of changes and ends of sessions that other instances have sent.
    pub(super) heard: AtomicU64,
    started: SystemTime,
    /// Runtime of the background tasks, once they have started.
    pub(super) runtime: OnceLock<Handle>,
    /// Number of streams that are being written.
    writers: watch::Sender<usize>,
    /// Limit of what a session has in the store beside its record, in bytes.
    pub(super) memory_limit: usize,
    /// Limits of messages of clients.
    pub(super) limits: Limits,
    /// Set when the service has ended.
    pub(in super::super) gone: Cancellation,
}

impl StoredSessions {
    /// Sessions in the store of a server; `None` if that does not outlive the process.
    pub(in super::super) fn new(
        app: &App,
        lifetime: Duration,
        memory_limit: usize,
    ) -> Option<Arc<Self>> {
        if !app.store.is_persistent() {
            return None;
        }
        let (store, instance) = (app.store.clone(), app.instance.id().to_owned());
        let (outgoing, waiting) = mpsc::channel(MAX_OUTGOING);
        Some(Arc::new(Self {
            records: Arc::new(Records::new(store, instance, lifetime)),
            outgoing,
            waiting: Mutex::new(Some(waiting)),
            heard: AtomicU64::new(0),
            started: SystemTime::now(),
            runtime: OnceLock::new(),
            writers: watch::Sender::new(0),
            memory_limit,
            limits: app.limits,
            gone: Cancellation::default(),
        }))
    }

    /// Id of this instance.
    pub(super) fn instance(&self) -> &str {
        &self.records.instance
    }

    /// Number of changes that other instances have sent. A record that was read before another one came
    /// may be old.
    pub(in super::super) fn heard(&self) -> u64 {
        self.heard.load(Ordering::Acquire)
    }

    /// Stores a session that a handshake has opened.
    ///
    /// # Errors
    /// An error for the client, if the store cannot be reached.
    pub(in super::super) async fn create(
        self: &Arc<Self>,
        id: SessionId,
        session: &Session,
        owner: Owner,
    ) -> Result<Arc<SessionPart>, ProtocolError> {
        let record = SessionRecord::new(session, owner);
        let version = self.records.create(id, &record).await?;
        let part = SessionPart::new(id, Arc::clone(self));
        part.adopt(session, &record, version);
        session.store_in(part.clone());
        Ok(part)
    }

    /// Makes the live part of a session that the store has; `None` if it has none that the owner may use.
    ///
    /// # Errors
    /// [`NoSession`] if the store cannot be reached, or there is no memory.
    pub(in super::super) async fn take_up(
        self: &Arc<Self>,
        id: SessionId,
        owner: &Owner,
        app: &App,
    ) -> Result<Option<TakenUp>, NoSession> {
        let found = self.records.load(id).await?;
        let Some((record, version)) = found.filter(|(record, _)| record.owner == *owner) else {
            return Ok(None);
        };
        let feed = &app.live.feed;
        let budget = app.memory.of_session(self.memory_limit);
        let Some(session) = record.open(feed, budget).map_err(NoSession::Exceeded)? else {
            return Ok(None);
        };
        let session = Arc::new(session);
        let part = SessionPart::new(id, Arc::clone(self));
        part.adopt(&session, &record, version);
        // What has changed while this instance did not have the session is reported as well.
        if record.was_opened_before(self.started) || feed.current() != Changes::default() {
            session.subscriptions.mark_all();
        } else {
            session.subscriptions.mark_resources();
        }
        session.store_in(part.clone());
        if let Some(listener) = part.listener() {
            let part = Arc::clone(&part);
            tokio::spawn(async move {
                let store = &part.stored.records.store;
                if has_gone(store, &listener).await.unwrap_or_default() {
                    part.forget_listener(&listener);
                }
            });
        }
        Ok(Some(TakenUp { session, part }))
    }

    /// Ends a session for all instances.
    ///
    /// # Errors
    /// [`NoSession`] if the store cannot be reached.
    pub(in super::super) async fn remove(&self, id: SessionId) -> Result<(), NoSession> {
        Ok(self.records.remove(id).await?)
    }

    /// Ends a session for all instances, in the background.
    pub(in super::super) fn remove_later(&self, id: SessionId) {
        self.send(Outgoing::Remove(id));
    }

    /// Sends something in the background. Returns `false` if too much waits.
    pub(super) fn send(&self, outgoing: Outgoing) -> bool {
        let is_sent = self.outgoing.try_send(outgoing).is_ok();
        if !is_sent {
            tracing::warn!("too many messages for other instances wait, and one is dropped");
        }
        is_sent
    }

    /// Notifies other instances. Returns `false` if too many notices wait.
    pub(super) fn notify(&self, id: SessionId, notice: Notice) -> bool {
        self.send(Outgoing::Message(self.records.message(id, notice)))
    }

    /// Passes on what another instance may have a use for.
    ///
    /// # Errors
    /// [`NoSession`] if an answer could not be stored.
    pub(in super::super) async fn pass_on(
        &self,
        id: SessionId,
        unclaimed: Unclaimed,
        budget: &Arc<Budget>,
    ) -> Result<(), NoSession> {
        let (question, answer) = match unclaimed {
            Unclaimed::Answer { question, response } => {
                // It was decoded, so it is UTF-8.
                let response = String::from_utf8_lossy(&response).into_owned();
                (question, StoredAnswer::Response(response))
            }
            Unclaimed::Unreadable { question, reason } => {
                (question, StoredAnswer::Unreadable(reason))
            }
            Unclaimed::Cancelled(request) => {
                self.notify(id, Notice::Cancelled(request));
                return Ok(());
            }
            Unclaimed::RootsChanged => {
                self.notify(id, Notice::RootsChanged);
                return Ok(());
            }
        };
        // The budget bounds the answers in the store that nobody has asked for.
        let held = budget.reserve(answer.size() + REQUEST).map_err(NoSession::Exceeded)?;
        self.records.keep_answer(id, &question, &answer).await?;
        tokio::spawn(async move {
            sleep(ANSWER_KEPT).await;
            drop(held);
        });
        Ok(())
    }

    /// Counts a stream that is being written, until the guard is dropped.
    pub(super) fn writing(self: &Arc<Self>) -> Writing {
        self.writers.send_modify(|count| *count += 1);
        Writing(Arc::clone(self))
    }

    /// Waits until all streams are written.
    pub(in super::super) async fn written(&self) {
        // The sender lives as long as `self`.
        let _ = self.writers.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Returns the operations that wait, to the first caller.
    pub(super) fn take_waiting(&self) -> Option<mpsc::Receiver<Outgoing>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A stream that is being written.
pub(super) struct Writing(Arc<StoredSessions>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writers.send_modify(|count| *count -= 1);
    }
}
