//! Where the notifications of a running handler go.

use std::sync::Arc;
use std::task::{Context, Poll};

/// The way from a handler to its client, besides the answer.
///
/// Each transport has one implementation. A message is JSON text without a line break.
pub(crate) trait Outlet: Send + Sync {
    /// Hands a notification over. It is dropped, with a trace, where the peer reads so slowly that
    /// keeping it would take unbounded memory.
    fn notify(&self, message: Vec<u8>);

    /// Waits until the peer has taken enough for the next message to be kept.
    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()>;
}

/// An outlet shared by a handler and its transport.
pub(crate) type SharedOutlet = Arc<dyn Outlet>;
