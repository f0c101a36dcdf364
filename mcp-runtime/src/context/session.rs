//! Sessions of legacy revisions, opened by a handshake.
//!
//! Specification: [Lifecycle](https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).

use std::sync::{Arc, Mutex, PoisonError};

use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel};
use mcp_core::revision::Revision;

use super::changes::ChangeFeed;
use super::known_roots::KnownRoots;
use super::pending_questions::PendingQuestions;
use super::resource_subscriptions::ResourceSubscriptions;

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
}

impl Session {
    /// Opens a session whose client is notified of every change from now on.
    pub(crate) fn new(
        feed: &Arc<ChangeFeed>,
        revision: Revision,
        client: Implementation,
        capabilities: ClientCapabilities,
    ) -> Self {
        Self {
            revision,
            client,
            capabilities,
            questions: PendingQuestions::default(),
            roots: KnownRoots::default(),
            subscriptions: ResourceSubscriptions::new(feed),
            // The revisions leave the level before `logging/setLevel` to the server.
            log_level: Mutex::new(LoggingLevel::Info),
        }
    }

    /// Queues a message that belongs to no request. Returns `false` if too many are queued.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        self.subscriptions.post(message)
    }

    /// The lowest level of log messages that the client requests.
    pub(crate) fn log_level(&self) -> LoggingLevel {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_log_level(&self, level: LoggingLevel) {
        *self.log_level.lock().unwrap_or_else(PoisonError::into_inner) = level;
    }
}
