//! Sessions of legacy revisions, opened by a handshake.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel};
use mcp_core::revision::Revision;

use super::budget::{Budget, Exceeded, Reservation};
use super::changes::ChangeFeed;
use super::declared;
use super::known_roots::KnownRoots;
use super::pending_questions::PendingQuestions;
use super::resource_subscriptions::ResourceSubscriptions;

/// Memory that a session takes beside what its client has sent.
const SESSION: usize = 2 << 10;

/// A session over a pipe or over HTTP, opened by a handshake.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) revision: Revision,
    pub(crate) client: Implementation,
    pub(crate) capabilities: ClientCapabilities,
    /// Questions to the client that have no answer yet.
    pub(crate) questions: PendingQuestions,
    /// Roots reported by the client, if it has been asked.
    pub(crate) roots: KnownRoots,
    /// Resource subscriptions of the client, and its unsent notifications.
    pub(crate) subscriptions: ResourceSubscriptions,
    log_level: Mutex<LoggingLevel>,
    /// Number of connections that read the messages of no request.
    listening: AtomicUsize,
    /// Questions of tasks that the client is being asked.
    task_questions: Mutex<BTreeSet<Box<str>>>,
    /// The session in the store and on other instances of the server, if it is stored.
    stored: OnceLock<Arc<dyn StoredSession>>,
    /// Budget of the connection.
    pub(crate) budget: Arc<Budget>,
    /// Memory of what the handshake has brought.
    _kept: Reservation,
    observed: Observed,
}

/// Guards of what observes a session until it is dropped.
#[derive(Default)]
struct Observed(OnceLock<Vec<Box<dyn Any + Send + Sync>>>);

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}

impl Session {
    /// Keeps guards until the session is dropped.
    pub(crate) fn observe(&self, guards: Vec<Box<dyn Any + Send + Sync>>) {
        // A session is opened once.
        let _ = self.observed.0.set(guards);
    }

    /// Opens a session whose client is notified of every change from now on.
    ///
    /// # Errors
    /// [`Exceeded`] if there is no memory for it.
    pub(crate) fn new(
        feed: &Arc<ChangeFeed>,
        budget: Arc<Budget>,
        revision: Revision,
        client: Implementation,
        capabilities: ClientCapabilities,
    ) -> Result<Self, Exceeded> {
        let client = declared::bounded(client);
        let kept = budget.reserve(SESSION + declared::size(&client, &capabilities))?;
        Ok(Self {
            revision,
            client,
            capabilities,
            questions: PendingQuestions::default(),
            roots: KnownRoots::default(),
            subscriptions: ResourceSubscriptions::new(feed, &budget),
            // The revisions leave the level before `logging/setLevel` to the server.
            log_level: Mutex::new(LoggingLevel::Info),
            listening: AtomicUsize::new(0),
            task_questions: Mutex::default(),
            stored: OnceLock::new(),
            budget,
            _kept: kept,
            observed: Observed::default(),
        })
    }

    /// Connects the session with its record and with other instances of the server.
    #[cfg(feature = "http")]
    pub(crate) fn store_in(&self, stored: Arc<dyn StoredSession>) {
        // A session is stored once, when it is opened or taken up.
        let _ = self.stored.set(stored);
    }

    /// Returns `true` if the session is in a store.
    pub(crate) fn is_stored(&self) -> bool {
        self.stored.get().is_some()
    }

    /// Queues a message that belongs to no request. Returns `false` if too many are queued.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        match self.elsewhere() {
            Some(stored) => stored.post(&message),
            None => self.subscriptions.post(message),
        }
    }

    /// The session on another instance, if only that one sends the client the messages of no request.
    pub(crate) fn elsewhere(&self) -> Option<&Arc<dyn StoredSession>> {
        let stored = self.stored.get()?;
        (!self.is_listening_here() && stored.is_listening_elsewhere()).then_some(stored)
    }

    /// Counts a connection that reads the messages of no request, until the guard is dropped.
    pub(crate) fn listen(&self) -> Listening<'_> {
        self.count_listening(|count| count.fetch_add(1, Ordering::AcqRel));
        Listening(self)
    }

    fn count_listening(&self, count: impl FnOnce(&AtomicUsize) -> usize) {
        count(&self.listening);
        if let Some(stored) = self.stored.get() {
            Arc::clone(stored).listening_here(self.is_listening_here());
        }
    }

    /// Returns `true` if the client reads the messages of no request.
    pub(crate) fn is_listening(&self) -> bool {
        self.is_listening_here() || self.elsewhere().is_some()
    }

    /// Returns `true` if the client reads the messages of no request from this instance.
    pub(crate) fn is_listening_here(&self) -> bool {
        self.listening.load(Ordering::Acquire) > 0
    }

    /// Carries out a change that the client requests, in the store too.
    ///
    /// # Errors
    /// An error for the client, if its subscriptions are too many or the store cannot be reached.
    pub(crate) async fn change(&self, change: SessionChange) -> Result<(), ProtocolError> {
        match self.stored.get() {
            Some(stored) => stored.change(self, change).await,
            None => self.change_here(&change),
        }
    }

    /// Carries out a change that the client requests.
    ///
    /// # Errors
    /// An error for the client, if its subscriptions are too many.
    pub(crate) fn change_here(&self, change: &SessionChange) -> Result<(), ProtocolError> {
        match change {
            SessionChange::LogLevel(level) => self.set_log_level(*level),
            SessionChange::Subscribe(uri) => self.subscriptions.add(uri)?,
            SessionChange::Unsubscribe(uri) => self.subscriptions.remove(uri),
        }
        Ok(())
    }

    fn task_questions(&self) -> MutexGuard<'_, BTreeSet<Box<str>>> {
        self.task_questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a question of a task as asked. Returns `false` if it already is.
    pub(crate) fn claim_question(&self, name: &str) -> bool {
        self.task_questions().insert(name.into())
    }

    /// Removes the mark of [`claim_question`](Self::claim_question).
    pub(crate) fn release_question(&self, name: &str) {
        self.task_questions().remove(name);
    }

    /// The lowest level of log messages that the client requests.
    pub(crate) fn log_level(&self) -> LoggingLevel {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_log_level(&self, level: LoggingLevel) {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }
}

/// A connection that reads the messages of no request.
pub(crate) struct Listening<'a>(&'a Session);

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.0.count_listening(|count| count.fetch_sub(1, Ordering::AcqRel));
    }
}

/// Change of a session that its client requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SessionChange {
    LogLevel(LoggingLevel),
    /// Subscription to a resource.
    Subscribe(String),
    /// End of a subscription to a resource.
    Unsubscribe(String),
}

/// A session in a store, which other instances of the server serve too.
pub(crate) trait StoredSession: Send + Sync {
    /// Stores a change, and carries it out.
    fn change<'a>(
        &'a self,
        session: &'a Session,
        change: SessionChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), ProtocolError>> + Send + 'a>>;

    /// Records whether the client reads the messages of no request from this instance.
    fn listening_here(self: Arc<Self>, is_listening: bool);

    /// Returns `true` if the client reads the messages of no request from another instance.
    fn is_listening_elsewhere(&self) -> bool;

    /// Has that instance send a message. Returns `false` if too many wait.
    fn post(&self, message: &[u8]) -> bool;

    /// Has that instance ask the open questions of a task.
    fn ask_for_task(&self, id: &str);
}

impl std::fmt::Debug for dyn StoredSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredSession")
    }
}
