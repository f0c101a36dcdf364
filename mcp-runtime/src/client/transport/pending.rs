//! Pending requests of a connection that all requests share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{Notification as ReceivedNotification, RequestId};
use mcp_core::method::Method;
use mcp_core::protocol::meta;
use tokio::sync::Notify;

use super::ending::Ending;
use super::{Replies, Reply};
use crate::client::error::Error;
use crate::client::message::{BoxFuture, Notification, Response};

/// Largest number of queued notifications of a request. Beyond it the oldest are lost, and the
/// caller receives [`Reply::Missed`].
const MAX_NOTIFICATIONS: usize = 64;

/// Largest size of the queued notifications of a request in bytes, unless there is only one.
const MAX_NOTIFICATION_BYTES: usize = 4 << 20;

/// The requests in flight on one connection.
#[derive(Debug, Default)]
pub(crate) struct PendingRequests {
    table: Mutex<Table>,
    pub(super) ending: Ending,
}

#[derive(Debug, Default)]
struct Table {
    requests: HashMap<i64, Arc<PendingRequest>>,
    unmatched: UnmatchedMessages,
}

/// Messages that matched no request. An error of a request without response describes them.
#[derive(Debug, Default)]
struct UnmatchedMessages {
    invalid: u64,
    first_invalid: String,
    responses: u64,
}

#[derive(Debug, Default)]
struct PendingRequest {
    queue: Mutex<ReplyQueue>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct ReplyQueue {
    notifications: VecDeque<Notification>,
    /// Size of the notifications.
    bytes: usize,
    has_missed: bool,
    outcome: Option<Result<Response, Error>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PendingRequests {
    /// Registers a request that is about to be sent. `cancel` runs if the replies are dropped before
    /// the response.
    ///
    /// # Errors
    /// The reason of the end, if the connection has ended.
    pub(crate) fn register(
        self: &Arc<Self>,
        id: i64,
        cancel: impl FnOnce() + Send + 'static,
    ) -> Result<PendingReplies, Error> {
        let mut table = lock(&self.table);
        if let Some(end) = self.ending.get() {
            return Err(end);
        }
        let request = Arc::<PendingRequest>::default();
        table.requests.insert(id, Arc::clone(&request));
        let all = Arc::clone(self);
        Ok(PendingReplies { id, request, all, cancel: Some(Box::new(cancel)) })
    }

    /// Queues a notification for the request that it belongs to. Returns `false` if it belongs to
    /// none.
    pub(super) fn notification(&self, received: &ReceivedNotification<'_>) -> bool {
        let owner =
            request_id(received).and_then(|id| lock(&self.table).requests.get(&id).cloned());
        if let Some(request) = &owner {
            request.notification(Notification::of(received));
        }
        owner.is_some()
    }

    /// Completes the request that a response belongs to.
    ///
    /// A response without an id is the error of a server that could not read a request: the pending
    /// one, if there is only one.
    pub(super) fn response(&self, id: Option<RequestId>, outcome: Result<Response, Error>) {
        let mut table = lock(&self.table);
        let id = match id {
            Some(RequestId::Integer(id)) => Some(id),
            Some(RequestId::Text(_)) => None,
            None => {
                let mut ids = table.requests.keys().copied();
                ids.next().filter(|_| ids.next().is_none())
            }
        };
        match id.and_then(|id| table.requests.remove(&id)) {
            Some(request) => {
                drop(table);
                request.complete(outcome);
            }
            // Late responses to cancelled requests are usual, so this is no warning.
            None => table.unmatched.responses += 1,
        }
    }

    /// Fails the request whose response cannot be read. Returns `false` if it is not pending.
    pub(super) fn unreadable(&self, id: &RequestId, reason: &str) -> bool {
        let removed = own_id(id).and_then(|id| lock(&self.table).requests.remove(&id));
        let Some(request) = removed else { return false };
        request.complete(Err(unreadable_response(id, reason)));
        true
    }

    /// Counts a frame that is no message.
    pub(super) fn invalid(&self, frame: &[u8], reason: &str) {
        const MAX_SHOWN: usize = 200;
        let text = String::from_utf8_lossy(&frame[..frame.len().min(MAX_SHOWN)]);
        tracing::warn!(target: "mcp_runtime::client", "the server sent what is no message ({reason}): {text}");
        let unmatched = &mut lock(&self.table).unmatched;
        if unmatched.invalid == 0 {
            unmatched.first_invalid = text.into_owned();
        }
        unmatched.invalid += 1;
    }

    /// Describes the messages that matched no request.
    pub(crate) fn unmatched(&self) -> String {
        let unmatched = &lock(&self.table).unmatched;
        let mut parts = Vec::new();
        if unmatched.invalid > 0 {
            let (count, first) = (unmatched.invalid, &unmatched.first_invalid);
            parts.push(format!("it sent {count} lines that are no messages, the first: {first}"));
        }
        if unmatched.responses > 0 {
            parts.push(format!("it sent {} answers that nobody waits for", unmatched.responses));
        }
        parts.join("; ")
    }

    /// Fails all pending requests. The connection stays usable.
    pub(crate) fn fail(&self, error: &Error) {
        let requests = std::mem::take(&mut lock(&self.table).requests);
        for request in requests.into_values() {
            request.complete(Err(error.clone()));
        }
    }

    /// Fails all pending requests and all that follow.
    pub(crate) fn end(&self, error: Error) {
        self.ending.set(error.clone());
        self.fail(&error);
    }
}

/// Returns the id of a request of this client, which may come back as text.
pub(super) fn own_id(id: &RequestId) -> Option<i64> {
    match id {
        RequestId::Integer(id) => Some(*id),
        RequestId::Text(text) => text.parse().ok().filter(|id: &i64| id.to_string() == **text),
    }
}

/// Creates the error of a request whose response cannot be read.
pub(super) fn unreadable_response(id: &RequestId, reason: &str) -> Error {
    Error::protocol(format!("the response to request {id} cannot be read: {reason}"))
}

/// Returns the id of the request that a notification belongs to, if it states one.
fn request_id(notification: &ReceivedNotification<'_>) -> Option<i64> {
    let params = notification.params?;
    let id = if notification.method == Method::Progress.as_str() {
        params.member(meta::PROGRESS_TOKEN)?
    } else if notification.method == Method::Cancelled.as_str() {
        params.member("requestId")?
    } else {
        params.member("_meta")?.member(meta::SUBSCRIPTION_ID)?
    };
    id.as_str().parse().ok()
}

impl PendingRequest {
    fn notification(&self, notification: Notification) {
        let mut queue = lock(&self.queue);
        while queue.notifications.len() == MAX_NOTIFICATIONS
            || queue.bytes + notification.len() > MAX_NOTIFICATION_BYTES
        {
            // The acknowledgement of a subscription is never dropped.
            let oldest = usize::from(queue.starts_with_acknowledgement());
            let Some(lost) = queue.notifications.remove(oldest) else { break };
            queue.bytes -= lost.len();
            queue.has_missed = true;
        }
        queue.bytes += notification.len();
        queue.notifications.push_back(notification);
        drop(queue);
        self.changed.notify_one();
    }

    fn complete(&self, outcome: Result<Response, Error>) {
        lock(&self.queue).outcome.get_or_insert(outcome);
        self.changed.notify_one();
    }
}

impl ReplyQueue {
    fn starts_with_acknowledgement(&self) -> bool {
        let method = Method::SubscriptionsAcknowledged.as_str();
        self.notifications.front().is_some_and(|first| &*first.method == method)
    }

    fn pop(&mut self) -> Option<Result<Reply, Error>> {
        if !self.starts_with_acknowledgement() && std::mem::take(&mut self.has_missed) {
            return Some(Ok(Reply::Missed));
        }
        if let Some(notification) = self.notifications.pop_front() {
            self.bytes -= notification.len();
            return Some(Ok(Reply::Notification(notification)));
        }
        Some(self.outcome.take()?.map(Reply::Response))
    }
}

/// The replies to one request of a shared connection.
pub(crate) struct PendingReplies {
    id: i64,
    request: Arc<PendingRequest>,
    all: Arc<PendingRequests>,
    cancel: Option<Box<dyn FnOnce() + Send>>,
}

impl Replies for PendingReplies {
    fn next(&mut self) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(async move {
            loop {
                let reply = lock(&self.request.queue).pop();
                match reply {
                    Some(reply) => return reply,
                    None => self.request.changed.notified().await,
                }
            }
        })
    }
}

impl Drop for PendingReplies {
    fn drop(&mut self) {
        // A request that has been completed is not in the table any more.
        let is_pending = lock(&self.all.table).requests.remove(&self.id).is_some();
        if let Some(cancel) = self.cancel.take().filter(|_| is_pending) {
            cancel();
        }
    }
}
