//! The transport's side of a message.

use std::sync::Arc;

use mcp_core::jsonrpc::Request;
use mcp_core::revision::Facts;

use super::{Connection, Reason};
use crate::component::app::App;
use crate::context::budget::Budget;
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
    /// [`UnknownSession`] if the message names a session that does not exist.
    fn connection(&mut self) -> Result<Option<&Arc<Connection>>, UnknownSession>;

    /// Connection of messages that stand alone; `None` if each is a connection of its own.
    fn shared_connection(&self) -> Option<&Arc<Connection>> {
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
    fn check_request(&self, _request: &Request<'_>, _exchange: &Exchange) -> Result<(), Reason> {
        Ok(())
    }

    /// Checks the transport's data of a notification that stands alone.
    fn check_notification(&self) -> Result<(), Reason> {
        Ok(())
    }
}

/// Error for a session that was never opened, has ended, or belongs to another client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownSession;
