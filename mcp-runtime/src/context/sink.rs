//! The notification sink: sends the messages of a running handler to its client.

use std::sync::Arc;
use std::task::{Context, Poll};

use super::budget::Budget;
use crate::clock::Instant;

/// Sends the messages of a running handler to its client.
///
/// Each transport has one implementation. A message is JSON text without a line break.
pub(crate) trait NotificationSink: Send + Sync {
    /// Accepts a notification. Returns `false` if it is dropped, because the peer reads so slowly that
    /// buffering it would take unbounded memory.
    fn notify(&self, message: Vec<u8>) -> bool;

    /// Accepts a message that must not be dropped: a question or its cancellation. Returns `false` if
    /// the connection can no longer deliver it.
    fn deliver(&self, message: Vec<u8>) -> bool;

    /// Ready once the next notification would be buffered instead of dropped.
    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()>;

    /// Closes the connection if the client can resume it.
    fn pause(&self) {}

    /// Budget of the connection, if it is not that of the server.
    fn budget(&self) -> Option<&Arc<Budget>> {
        None
    }

    /// The time since which the peer has read nothing, if the transport can measure it.
    fn unread_since(&self) -> Option<Instant> {
        None
    }
}

/// A sink shared by a handler and its transport.
pub(crate) type SharedSink = Arc<dyn NotificationSink>;
