//! Operations of an instance on the store in the background, in order.

use std::sync::Weak;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::super::session_id::SessionId;
use super::part::SessionPart;
use super::records::Records;

/// Limit of messages that wait to be sent to other instances.
pub(super) const MAX_OUTGOING: usize = 1024;

/// Pause after an operation of the store that failed.
const RETRY: Duration = Duration::from_secs(1);

/// Number of times that a message is sent again.
const ATTEMPTS: usize = 30;

/// Operation in the background.
pub(super) enum Outgoing {
    /// A message for other instances.
    Message(Bytes),
    /// A session ends.
    Remove(SessionId),
    /// The instance from which the client reads is recorded.
    Listener(Weak<SessionPart>),
    /// A stream of a session is removed.
    RemoveStream(SessionId, u64),
}

/// Does what waits, until the last session and the service have been dropped.
pub(super) async fn send(records: Weak<Records>, mut waiting: mpsc::Receiver<Outgoing>) {
    while let Some(outgoing) = waiting.recv().await {
        // The store is not kept, so that it is closed with its server.
        let Some(records) = records.upgrade() else { return };
        for _ in 0..ATTEMPTS {
            let sent = match &outgoing {
                Outgoing::Message(message) => records.publish(message.clone()).await,
                Outgoing::Remove(id) => records.remove(*id).await,
                Outgoing::Listener(part) => match part.upgrade() {
                    Some(part) => part.store_listener().await,
                    None => Ok(()),
                },
                Outgoing::RemoveStream(id, stream) => records.remove_stream(*id, *stream).await,
            };
            match sent {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(error = %error.report(), "a message for other instances waits");
                    sleep(RETRY).await;
                }
            }
        }
    }
}
