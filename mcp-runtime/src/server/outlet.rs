//! Where the notifications of a running handler go.

use std::sync::{Arc, Mutex, PoisonError};
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

    /// Lets the connection go where the client can come back for the rest.
    fn pause(&self) {}
}

/// An outlet shared by a handler and its transport.
pub(crate) type SharedOutlet = Arc<dyn Outlet>;

/// What one request may still say: its outlet, until it is silenced.
///
/// A cancelled handler may be running on another thread just then, and nothing more may be sent
/// for its request.
#[derive(Clone)]
pub(crate) struct Voice {
    outlet: SharedOutlet,
    silenced: Arc<Mutex<bool>>,
}

impl Voice {
    pub(crate) fn new(outlet: SharedOutlet) -> Self {
        Self { outlet, silenced: Arc::default() }
    }

    /// Hands a notification over, unless the request is silenced. See [`Outlet::notify`].
    pub(crate) fn notify(&self, message: Vec<u8>) {
        // Held while the message is handed over, so that none follows the silence.
        let silenced = self.silenced.lock().unwrap_or_else(PoisonError::into_inner);
        if !*silenced {
            self.outlet.notify(message);
        }
    }

    /// Lets the connection go. See [`Outlet::pause`].
    pub(crate) fn pause(&self) {
        let silenced = self.silenced.lock().unwrap_or_else(PoisonError::into_inner);
        if !*silenced {
            self.outlet.pause();
        }
    }

    /// Sees to it that nothing more is sent.
    pub(crate) fn silence(&self) {
        *self.silenced.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Waits until the next message would be kept. See [`Outlet::poll_room`].
    pub(crate) async fn room(&self) {
        std::future::poll_fn(|cx| self.outlet.poll_room(cx)).await;
    }
}
