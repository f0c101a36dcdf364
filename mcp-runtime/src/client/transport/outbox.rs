//! Messages that have no response: notifications, responses and cancellations.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use mcp_core::method::Method;
use mcp_core::revision::notification;
use tokio::task::JoinSet;

use crate::client::error::Error;
use crate::client::inbound::Responder;
use crate::client::message::BoxFuture;

/// Longest time in which a server may accept a cancellation.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest time for which the end of a connection waits for cancellations that are on their way.
pub(crate) const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Messages that are sent in the background.
#[derive(Default)]
pub(crate) struct Detached(Mutex<JoinSet<()>>);

impl Detached {
    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a message in the background, if there is a runtime.
    pub(crate) fn spawn(&self, sending: impl Future<Output = ()> + Send + 'static) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(sending, &runtime);
    }

    /// Waits until the messages are sent, as far as that takes no long time.
    pub(crate) async fn flush(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks());
        let sent = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(FLUSH_TIMEOUT, sent).await;
        tasks.detach_all();
    }
}

/// Sends messages that have no response.
pub(crate) trait Outbox: Send + Sync + 'static {
    /// Longest time in which the server may accept a response.
    const RESPONSE_TIMEOUT: Duration;

    /// Sends a message.
    fn send(&self, message: Vec<u8>) -> BoxFuture<'_, Result<(), Error>>;

    /// The messages that are sent in the background.
    fn detached(&self) -> &Detached;

    /// Sends a cancellation without waiting for it, so that a destructor may call this.
    fn send_detached(self: Arc<Self>, message: Vec<u8>) {
        let outbox = Arc::clone(&self);
        self.detached().spawn(async move {
            // A cancellation may get lost.
            let _ = tokio::time::timeout(CANCEL_TIMEOUT, outbox.send(message)).await;
        });
    }
}

/// Creates the responder of a connection. It holds no reference, so that questions of the server do
/// not keep a connection open.
pub(crate) fn responder<O: Outbox>(outbox: Weak<O>) -> Responder {
    Arc::new(move |message| {
        let outbox = outbox.upgrade();
        Box::pin(async move {
            let Some(outbox) = outbox else { return };
            match tokio::time::timeout(O::RESPONSE_TIMEOUT, outbox.send(message)).await {
                // A connection that has ended needs no response.
                Ok(Ok(()) | Err(Error::Closed(_))) => {}
                Ok(Err(error)) => tracing::warn!(
                    target: "mcp_runtime::client",
                    "an answer did not reach the server: {}",
                    error.report()
                ),
                Err(_) => tracing::warn!(
                    target: "mcp_runtime::client",
                    "the server did not accept an answer within {:?}",
                    O::RESPONSE_TIMEOUT
                ),
            }
        })
    })
}

/// Cancels a request.
pub(crate) fn cancel(outbox: Arc<impl Outbox>, id: i64) {
    outbox.send_detached(cancelled(id));
}

/// Writes the notification that a request is cancelled.
fn cancelled(id: i64) -> Vec<u8> {
    notification(Method::Cancelled.as_str(), |params| params.value("requestId", &id))
}
