//! A session of this instance, as a part of the one in the store.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use serde_json::value::RawValue;

use super::super::session_id::SessionId;
use super::message::Notice;
use super::outgoing::Outgoing;
use super::record::SessionRecord;
use super::records::NotChanged;
use super::sessions::StoredSessions;
use super::stream_copy::Room;
use crate::context::resource_subscriptions::{add_to, remove_from};
use crate::context::session::{Session, SessionChange, StoredSession};
use crate::store::StoreError;
use crate::store::batch::Version;

/// A session that was taken up.
pub(in super::super) struct TakenUp {
    pub(in super::super) session: Arc<Session>,
    pub(in super::super) part: Arc<SessionPart>,
}

/// A session of this instance, as a part of the one in the store.
pub(in super::super) struct SessionPart {
    pub(in super::super) id: SessionId,
    pub(in super::super) stored: Arc<StoredSessions>,
    state: Mutex<State>,
    /// Room for the streams of the session.
    pub(super) room: Room,
    is_listening_here: AtomicBool,
}

/// State of a session that it has adopted from its record.
#[derive(Default)]
struct State {
    /// Version of the record that the session was last compared with.
    version: Version,
    /// Another instance from which the client reads the messages of no request.
    listener: Option<Box<str>>,
}

impl SessionPart {
    pub(super) fn new(id: SessionId, stored: Arc<StoredSessions>) -> Arc<Self> {
        let (room, is_listening_here) = (Room::default(), AtomicBool::new(false));
        Arc::new(Self { id, stored, state: Mutex::default(), room, is_listening_here })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A random number, which differs from that of other instances.
    pub(in super::super) fn random_number(&self) -> u64 {
        let mut bytes = [0; 8];
        // Without random numbers the address of this part is the best there is.
        if getrandom::fill(&mut bytes[3..]).is_err() {
            return std::ptr::from_ref(self) as usize as u64 >> 4;
        }
        u64::from_be_bytes(bytes)
    }

    /// Adopts a record, unless a later one was adopted before.
    pub(super) fn adopt(&self, session: &Session, record: &SessionRecord, version: Version) {
        let mut state = self.state();
        if version <= state.version {
            return;
        }
        state.version = version;
        session.set_log_level(record.log_level);
        session.subscriptions.replace(&record.subscriptions);
        let listener = record.listener.as_deref();
        let listener = listener.filter(|listener| *listener != self.stored.instance());
        state.listener = listener.map(Into::into);
        drop(state);
        if session.elsewhere().is_some() {
            // What has waited for the client to listen here.
            while let Some(message) = session.subscriptions.next_posted() {
                self.post(&message);
            }
        }
    }

    /// Adopts the record as it is now. Returns `false` if there is none.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub(in super::super) async fn reload(&self, session: &Session) -> Result<bool, StoreError> {
        let found = self.stored.records.load(self.id).await?;
        if let Some((record, version)) = &found {
            self.adopt(session, record, *version);
        }
        Ok(found.is_some())
    }

    /// Another instance from which the client reads the messages of no request.
    pub(super) fn listener(&self) -> Option<Box<str>> {
        self.state().listener.clone()
    }

    /// Records that an instance has gone, so that the client does not listen there.
    pub(super) fn forget_listener(&self, gone: &str) {
        self.state().listener.take_if(|listener| **listener == *gone);
    }

    /// Records whether the client reads from this instance.
    ///
    /// # Errors
    /// If the store cannot be reached.
    pub(super) async fn store_listener(&self) -> Result<(), StoreError> {
        let instance = self.stored.instance();
        let changed = self.stored.records.change(self.id, |record| {
            if self.is_listening_here.load(Ordering::Acquire) {
                record.listener = Some(instance.to_owned());
            } else if record.listener.as_deref() == Some(instance) {
                record.listener = None;
            }
            Ok(())
        });
        match changed.await {
            Err(NotChanged::Store(error)) => Err(error),
            // There is no session any more, or another change is made.
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

impl StoredSession for SessionPart {
    fn change<'a>(
        &'a self,
        session: &'a Session,
        change: SessionChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), ProtocolError>> + Send + 'a>> {
        Box::pin(async move {
            if let SessionChange::Subscribe(_) = &change {
                session.budget.check().map_err(|exceeded| exceeded.error())?;
            }
            let apply = |record: &mut SessionRecord| {
                match &change {
                    SessionChange::LogLevel(level) => record.log_level = *level,
                    SessionChange::Subscribe(uri) => add_to(&mut record.subscriptions, uri)?,
                    SessionChange::Unsubscribe(uri) => remove_from(&mut record.subscriptions, uri),
                }
                Ok(())
            };
            let (record, version) = self.stored.records.change(self.id, apply).await?;
            self.adopt(session, &record, version);
            Ok(())
        })
    }

    fn listening_here(self: Arc<Self>, is_listening: bool) {
        let was_listening = self.is_listening_here.swap(is_listening, Ordering::AcqRel);
        // A client that comes back replaces its earlier connection.
        if is_listening || was_listening {
            self.stored.send(Outgoing::Listener(Arc::downgrade(&self)));
        }
    }

    fn is_listening_elsewhere(&self) -> bool {
        self.state().listener.is_some()
    }

    fn post(&self, message: &[u8]) -> bool {
        let message = std::str::from_utf8(message).ok();
        let message = message.and_then(|text| RawValue::from_string(text.to_owned()).ok());
        message.is_some_and(|message| self.stored.notify(self.id, Notice::Post(message)))
    }

    fn ask_for_task(&self, id: &str) {
        self.stored.notify(self.id, Notice::AskForTask(id.into()));
    }
}
