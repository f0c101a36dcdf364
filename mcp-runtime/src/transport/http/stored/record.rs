//! A session as the store has it: data, without the parts that belong to one instance.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use mcp_core::protocol::{ClientCapabilities, Implementation, LoggingLevel};
use mcp_core::revision::Revision;
use serde::{Deserialize, Serialize};

use crate::context::budget::{Budget, Exceeded};
use crate::context::changes::ChangeFeed;
use crate::context::principal::Owner;
use crate::context::session::Session;

/// A session in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in super::super) struct SessionRecord {
    pub(in super::super) owner: Owner,
    revision: String,
    client: Implementation,
    capabilities: ClientCapabilities,
    pub(super) log_level: LoggingLevel,
    /// Subscribed resources, as the client wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) subscriptions: Vec<String>,
    /// Instance from which the client reads the messages of no request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listener: Option<String>,
    /// Milliseconds from 1970 to the handshake.
    opened: u64,
}

impl SessionRecord {
    /// The record of a session that a handshake has opened.
    pub(super) fn new(session: &Session, owner: Owner) -> Self {
        Self {
            owner,
            revision: session.revision.as_str().to_owned(),
            client: session.client.clone(),
            capabilities: session.capabilities.clone(),
            log_level: session.log_level(),
            subscriptions: Vec::new(),
            listener: None,
            opened: millis(SystemTime::now()),
        }
    }

    /// Makes the live part of the session; `None` if this program does not know its revision.
    ///
    /// # Errors
    /// [`Exceeded`] if there is no memory for it.
    pub(super) fn open(
        &self,
        feed: &Arc<ChangeFeed>,
        budget: Arc<Budget>,
    ) -> Result<Option<Session>, Exceeded> {
        let Some(revision) = Revision::parse(&self.revision) else { return Ok(None) };
        let (client, capabilities) = (self.client.clone(), self.capabilities.clone());
        Session::new(feed, budget, revision, client, capabilities).map(Some)
    }

    /// Returns `true` if the session was opened before a time.
    pub(super) fn was_opened_before(&self, time: SystemTime) -> bool {
        self.opened < millis(time)
    }
}

fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
