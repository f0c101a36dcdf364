//! Sessions of legacy revisions, opened by a handshake.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::any::Any;
use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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
    task_questions: Mutex<HashSet<Box<str>>>,
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
            budget,
            _kept: kept,
            observed: Observed::default(),
        })
    }

    /// Queues a message that belongs to no request. Returns `false` if too many are queued.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        self.subscriptions.post(message)
    }

    /// Counts a connection that reads the messages of no request, until the guard is dropped.
    pub(crate) fn listen(&self) -> Listening<'_> {
        self.listening.fetch_add(1, Ordering::AcqRel);
        Listening(self)
    }

    /// Returns `true` if the client reads the messages of no request.
    pub(crate) fn is_listening(&self) -> bool {
        self.listening.load(Ordering::Acquire) > 0
    }

    fn task_questions(&self) -> MutexGuard<'_, HashSet<Box<str>>> {
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
        self.0.listening.fetch_sub(1, Ordering::AcqRel);
    }
}
