//! The tasks of an instance that send and receive messages about sessions, and renew their records.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use mcp_core::jsonrpc::{Frame, Message as Decoded, RequestId, decode};
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::super::session::HttpSession;
use super::super::session_id::SessionId;
use super::super::store::Store;
use super::message::{Message, Notice, TOPIC};
use super::outgoing::send;
use super::part::SessionPart;
use super::records::StoredAnswer;
use super::sessions::StoredSessions;
use crate::component::app::App;
use crate::server::tasks;
use crate::store::StoreError;
use crate::store::instance::has_gone;

/// Pause after an operation of the store that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Shortest interval between two renewals.
const MIN_RENEWAL: Duration = Duration::from_millis(50);

/// Starts to receive what other instances send, until the service has ended. Does nothing for sessions
/// that are not stored.
pub(in super::super) fn keep(app: &Arc<App>, sessions: &Arc<Store>) {
    let Some(stored) = sessions.stored.clone() else { return };
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    let Some(waiting) = stored.take_waiting() else { return };
    let _ = stored.runtime.set(runtime.clone());
    runtime.spawn(send(Arc::downgrade(&stored.records), waiting));
    let keeper = Keeper { app: Arc::downgrade(app), sessions: Arc::downgrade(sessions) };
    let gone = stored.gone.clone();
    let every = (stored.records.lifetime / 16).max(MIN_RENEWAL);
    runtime.spawn(async move {
        tokio::select! {
            () = gone.cancelled() => {}
            () = keeper.receive() => {}
            () = keeper.renew(every) => {}
        }
    });
}

/// The server and its sessions. Neither they nor the store are kept.
struct Keeper {
    app: Weak<App>,
    sessions: Weak<Store>,
}

impl Keeper {
    fn stored(&self) -> Option<Arc<StoredSessions>> {
        self.sessions.upgrade()?.stored.clone()
    }

    /// Renews the sessions that are in use, and drops those that are not.
    async fn renew(&self, every: Duration) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(sessions) = self.sessions.upgrade() else { return };
            sessions.sweep();
            let used = sessions.used_within(2 * every);
            drop(sessions);
            if let Err(error) = self.renew_all(used).await {
                tracing::warn!(error = %error.report(), "sessions are not renewed yet");
            }
        }
    }

    /// Renews records, and looks for the instances from which their clients read.
    async fn renew_all(&self, used: Vec<SessionId>) -> Result<(), StoreError> {
        let Some(stored) = self.stored() else { return Ok(()) };
        let mut listeners: BTreeMap<Box<str>, Vec<Arc<SessionPart>>> = BTreeMap::new();
        for id in used {
            stored.records.renew(id).await?;
            let session = self.sessions.upgrade().and_then(|sessions| sessions.live(id));
            if let Some(part) = session.and_then(|session| session.part.clone())
                && let Some(listener) = part.listener()
            {
                listeners.entry(listener).or_default().push(part);
            }
        }
        for (listener, parts) in listeners {
            if has_gone(&stored.records.store, &listener).await? {
                parts.iter().for_each(|part| part.forget_listener(&listener));
            }
        }
        Ok(())
    }

    /// Receives messages.
    async fn receive(&self) {
        loop {
            let Some(stored) = self.stored() else { return };
            let subscribed = stored.records.store.subscribe(TOPIC).await;
            drop(stored);
            match subscribed {
                Ok(mut messages) => {
                    self.read_again();
                    while let Some(message) = messages.next().await {
                        if self.handle(&message).is_none() {
                            return;
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error.report(), "messages about sessions are not heard yet");
                }
            }
            sleep(RETRY).await;
        }
    }

    /// Handles a message. Returns `None` once the service has been dropped.
    fn handle(&self, message: &Bytes) -> Option<()> {
        let stored = self.stored()?;
        if message.is_empty() {
            self.read_again();
            return Some(());
        }
        let message = match serde_json::from_slice::<Message>(message) {
            Ok(message) => message,
            Err(error) => {
                tracing::warn!(%error, "a message of another instance cannot be read");
                return Some(());
            }
        };
        if message.from == stored.instance() {
            return Some(());
        }
        if matches!(message.notice, Notice::Changed | Notice::Ended) {
            stored.heard.fetch_add(1, Ordering::AcqRel);
        }
        let (app, sessions) = (self.app.upgrade()?, self.sessions.upgrade()?);
        let id = SessionId::parse(message.session.as_bytes());
        if let Some(id) = id
            && let Some(session) = sessions.live(id)
        {
            handle(&app, &sessions, (id, session), message.notice);
        }
        Some(())
    }

    /// Reads everything again, because messages may have been lost.
    fn read_again(&self) {
        let Some(sessions) = self.sessions.upgrade() else { return };
        if let Some(stored) = &sessions.stored {
            stored.heard.fetch_add(1, Ordering::AcqRel);
        }
        let all = sessions.ids();
        if all.is_empty() {
            return;
        }
        tokio::spawn(async move {
            for id in all {
                let Some(session) = sessions.live(id) else { continue };
                session.opened.roots.forget();
                let questions = session.opened.questions.ids();
                reload(&sessions, id, &session).await;
                for question in questions {
                    fetch_answer(&session, id, &question).await;
                }
            }
        });
    }
}

fn handle(
    app: &Arc<App>,
    sessions: &Arc<Store>,
    (id, session): (SessionId, Arc<HttpSession>),
    notice: Notice,
) {
    let opened = &session.opened;
    match notice {
        Notice::Ended => {
            session.remove_streams();
            sessions.drop_live(id);
        }
        Notice::Changed => {
            let sessions = Arc::clone(sessions);
            tokio::spawn(async move { reload(&sessions, id, &session).await });
        }
        Notice::Answered(question) => {
            if opened.questions.is_pending(&question) {
                tokio::spawn(async move { fetch_answer(&session, id, &question).await });
            }
        }
        Notice::Cancelled(request) => drop(session.connection.in_flight.cancel(&request)),
        Notice::RootsChanged => opened.roots.forget(),
        Notice::Reads(stream) => session.is_read_elsewhere(stream),
        Notice::Post(message) => {
            if opened.is_listening_here() {
                opened.subscriptions.post(String::from(Box::<str>::from(message)).into_bytes());
            }
        }
        Notice::AskForTask(task) => {
            if opened.is_listening_here() {
                let (app, opened) = (Arc::clone(app), Arc::clone(opened));
                tokio::spawn(async move { tasks::ask_for(&app, &opened, &task).await });
            }
        }
    }
}

/// Adopts the record of a session as it is now.
async fn reload(sessions: &Store, id: SessionId, session: &HttpSession) {
    let Some(part) = &session.part else { return };
    match part.reload(&session.opened).await {
        Ok(true) => {}
        Ok(false) => sessions.drop_live(id),
        Err(error) => not_read(&error),
    }
}

/// Delivers an answer that has come to another instance.
async fn fetch_answer(session: &HttpSession, id: SessionId, question: &str) {
    let Some(part) = &session.part else { return };
    let questions = &session.opened.questions;
    match part.stored.records.answer(id, question).await {
        Ok(Some(StoredAnswer::Response(response))) => {
            let frame = Bytes::from(response);
            if let Ok(Frame::Single(Decoded::Response(response))) =
                decode(&frame, part.stored.limits)
            {
                questions.answer(&response, &session.opened.budget);
            }
        }
        Ok(Some(StoredAnswer::Unreadable(reason))) => {
            questions.unreadable(&RequestId::Text(question.into()), &reason);
        }
        Ok(None) => {}
        Err(error) => not_read(&error),
    }
}

fn not_read(error: &StoreError) {
    tracing::warn!(error = %error.report(), "a change of a session cannot be read");
}
