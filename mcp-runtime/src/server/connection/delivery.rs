//! The transport's side of a message.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::jsonrpc::{LastMeta, RequestId};
use mcp_core::revision::Facts;

use super::{Connection, Reason};
use crate::component::app::App;
use crate::context::budget::{Budget, Exceeded};
use crate::context::exchange::{Exchange, Origin};
use crate::context::request_meta::RequestMeta;
use crate::context::sink::SharedSink;

/// Delivery of one message by a transport: its connection, its sender, and the way back.
pub(crate) trait Delivery {
    /// The server.
    fn app(&self) -> &Arc<App>;

    /// `true` if the transport marks the message as one that belongs to no session. A message may
    /// also do so itself, by a protocol version in its `_meta`.
    fn stands_alone(&self) -> bool {
        false
    }

    /// Connection of a message that belongs to a session; `None` if it names none.
    ///
    /// # Errors
    /// [`NoSession`] if the message names a session that does not exist or cannot be read.
    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, NoSession>;

    /// Receives what this instance of the server has no use for, and another one may have.
    fn pass_on(&mut self, _unclaimed: Unclaimed) {}

    /// Connection of messages that stand alone; `None` if each is a connection of its own.
    fn shared_connection(&self) -> Option<&Arc<Connection>> {
        None
    }

    /// The `_meta` of the last request of the connection, if its requests mostly have the same.
    fn last_meta(&self) -> Option<&LastMeta> {
        None
    }

    /// Sink of the handler of a request that is served under a revision.
    fn sink(&mut self, facts: &Facts) -> SharedSink;

    /// Sink of the handler of a notification.
    fn notification_sink(&self) -> SharedSink;

    /// Budget of a session that is opened.
    fn session_budget(&self) -> Arc<Budget>;

    /// Principal and headers of the sender, if the transport has them.
    fn origin(&self) -> Origin;

    /// Runs user code for an admitted message. It may block.
    fn user_code<R>(&self, run: impl FnOnce() -> R) -> R {
        run()
    }

    /// Compares the protocol version in a request with the transport's copy of it.
    fn check_version(&self, _meta: &RequestMeta<'_>) -> Result<(), Reason> {
        Ok(())
    }

    /// Compares a request that stands alone with the transport's copies of its parts.
    fn check_request(&self, _exchange: &Exchange) -> Result<(), Reason> {
        Ok(())
    }

    /// Checks the transport's data of a notification that stands alone.
    fn check_notification(&self) -> Result<(), Reason> {
        Ok(())
    }
}

/// Obstacle to finding the session that a message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "a pipe has its session"))]
pub(crate) enum NoSession {
    /// It was never opened, has ended, or belongs to another client.
    Unknown,
    /// The store of sessions cannot be reached.
    StoreUnavailable,
    /// There is no memory to serve it.
    Exceeded(Exceeded),
    /// This instance serves as many sessions as it may.
    TooMany,
}

impl From<NoSession> for Reason {
    fn from(obstacle: NoSession) -> Self {
        match obstacle {
            NoSession::Unknown => Self::UnknownSession,
            NoSession::StoreUnavailable => Self::StoreUnavailable,
            NoSession::Exceeded(exceeded) => Self::Exceeded(exceeded),
            NoSession::TooMany => Self::TooManySessions,
        }
    }
}

/// Part of a message that concerns what another instance of the server may have.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "one instance serves a pipe"))]
pub(crate) enum Unclaimed {
    /// Response to a question that is not pending here.
    Answer { question: Box<str>, response: Bytes },
    /// Response that cannot be read, with the reason.
    Unreadable { question: Box<str>, reason: String },
    /// Cancellation of a request that is not in flight here.
    Cancelled(RequestId),
    /// Change of the roots.
    RootsChanged,
}
