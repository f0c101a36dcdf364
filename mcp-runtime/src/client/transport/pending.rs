//! Pending requests of a connection that all requests share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{Notification as ReceivedNotification, RequestId};
use mcp_core::method::Method;
use mcp_core::protocol::meta;
use tokio::sync::Notify;

use super::ending::Ending;
use super::own_id::{own_id, own_id_of};
use super::skim::Skimmed;
use super::{OutgoingRequest, Replies, Reply};
use crate::client::error::Error;
use crate::client::message::{BoxFuture, Notification, Response, excerpt};

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
    /// Id of the probe, which any response answers that belongs to no other request.
    probe: Option<i64>,
    unmatched: UnmatchedMessages,
}

/// Messages that matched no request. An error of a request without response describes them.
#[derive(Debug, Default)]
struct UnmatchedMessages {
    invalid: u64,
    first_invalid: String,
    responses: u64,
    /// Last error of the server that may belong to any of several requests.
    error: Option<String>,
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
        request: &OutgoingRequest,
        cancel: impl FnOnce() + Send + 'static,
    ) -> Result<PendingReplies, Error> {
        let id = request.id;
        let mut table = lock(&self.table);
        if let Some(end) = self.ending.get() {
            return Err(end);
        }
        if request.is_probe {
            table.probe = Some(id);
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
    pub(super) fn response(&self, id: Option<&RequestId>, outcome: Result<Response, Error>) {
        let error = match &outcome {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(malformed) => Some(malformed.to_string()),
        };
        let mut table = lock(&self.table);
        let owner = table.owner(id, error.is_some());
        match owner.and_then(|id| table.requests.remove(&id)) {
            Some(request) => {
                drop(table);
                let is_foreign = id.is_some() && id.and_then(own_id) != owner;
                request.complete(match outcome {
                    Ok(Ok(_)) if is_foreign => Err(wrong_id(owner.unwrap_or_default(), id)),
                    outcome => outcome,
                });
            }
            // Late responses to cancelled requests are usual, so this is no warning.
            None => {
                table.unmatched.responses += 1;
                if let Some(error) = error {
                    table.unmatched.error = Some(error);
                }
            }
        }
    }

    /// Returns `true` if a request is pending.
    #[cfg(feature = "client-http")]
    pub(super) fn contains(&self, id: i64) -> bool {
        lock(&self.table).requests.contains_key(&id)
    }

    /// Fails the request whose response cannot be read. Returns `false` if it is not pending.
    pub(super) fn unreadable(&self, id: &RequestId, reason: &str) -> bool {
        let removed = own_id(id).and_then(|id| lock(&self.table).requests.remove(&id));
        let Some(request) = removed else { return false };
        request.complete(Err(unreadable_response(id, reason)));
        true
    }

    /// Fails the request that a response in no form of the protocol belongs to. Returns `false` if
    /// that is unknown.
    pub(super) fn malformed_response(&self, error: Error) -> bool {
        let mut table = lock(&self.table);
        let probe = table.probe;
        let Some(request) = probe.and_then(|id| table.requests.remove(&id)) else { return false };
        drop(table);
        request.complete(Err(error));
        true
    }

    /// Fails the request that a message answers which is longer than a limit. Other messages of that
    /// size are counted.
    pub(super) fn too_long(&self, skimmed: Skimmed, limit: usize) {
        let error = too_long(limit);
        let mut table = lock(&self.table);
        let owner = match skimmed.id {
            Some(id) => Some(id),
            None => table.only(),
        };
        match owner.filter(|_| skimmed.is_response).and_then(|id| table.requests.remove(&id)) {
            Some(request) => {
                drop(table);
                request.complete(Err(error));
            }
            None => {
                drop(table);
                self.invalid(b"a message that is too long", "raise `max_message`");
            }
        }
    }

    /// Counts a frame that is no message.
    pub(super) fn invalid(&self, frame: &[u8], reason: &str) {
        const MAX_SHOWN: usize = 200;
        let text = excerpt(&String::from_utf8_lossy(&frame[..frame.len().min(MAX_SHOWN)]));
        tracing::warn!(target: "mcp_runtime::client", "the server sent what is no message ({reason}): {text}");
        let unmatched = &mut lock(&self.table).unmatched;
        if unmatched.invalid == 0 {
            unmatched.first_invalid = text;
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
        if let Some(error) = &unmatched.error {
            parts.push(format!("one of them is an error: {}", excerpt(error)));
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

impl Table {
    /// Returns the request that a response belongs to.
    ///
    /// A server that could not read a request answers under an id of its own or under none. Such an
    /// error belongs to the pending request, if there is only one.
    fn owner(&self, id: Option<&RequestId>, is_error: bool) -> Option<i64> {
        let own = id.and_then(own_id);
        let is_pending = |id: &i64| self.requests.contains_key(id);
        own.filter(is_pending)
            .or_else(|| self.probe.filter(is_pending))
            .or_else(|| self.only().filter(|_| is_error && own.is_none()))
    }

    /// Returns the pending request, if there is only one.
    fn only(&self) -> Option<i64> {
        let mut ids = self.requests.keys().copied();
        ids.next().filter(|_| ids.next().is_none())
    }
}

/// Error for a message that is longer than a limit in bytes.
pub(super) fn too_long(limit: usize) -> Error {
    Error::protocol(format!(
        "expected messages of up to {limit} bytes, got a longer one; raise `max_message`"
    ))
}

/// Error for a response that cannot be read.
pub(super) fn unreadable_response(id: &RequestId, reason: &str) -> Error {
    Error::protocol(format!("the response to request {id} cannot be read: {reason}"))
}

/// Error for a result under the id of no request.
pub(super) fn wrong_id(expected: i64, got: Option<&RequestId>) -> Error {
    let got = got.map(ToString::to_string).unwrap_or_default();
    Error::protocol(format!(
        "expected the answer to request {expected}, got one to {}",
        excerpt(&got)
    ))
}

/// Returns the number of the request that a notification belongs to, if it states one.
pub(super) fn request_id(notification: &ReceivedNotification<'_>) -> Option<i64> {
    let params = notification.params?;
    let id = if notification.method == Method::Progress.as_str() {
        params.member(meta::PROGRESS_TOKEN)?
    } else if notification.method == Method::Cancelled.as_str() {
        params.member("requestId")?
    } else {
        params.member("_meta")?.member(meta::SUBSCRIPTION_ID)?
    };
    own_id_of(id)
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

impl PendingReplies {
    /// Returns the next message. See [`Replies::next`].
    pub(super) async fn receive(&mut self) -> Result<Reply, Error> {
        loop {
            let reply = lock(&self.request.queue).pop();
            match reply {
                Some(reply) => return reply,
                None => self.request.changed.notified().await,
            }
        }
    }

    /// Ends the request: dropping the replies does not cancel it any more.
    #[cfg(feature = "client-http")]
    pub(super) fn finish(&mut self) {
        self.cancel = None;
        lock(&self.all.table).requests.remove(&self.id);
    }
}

impl Replies for PendingReplies {
    fn next(&mut self) -> BoxFuture<'_, Result<Reply, Error>> {
        Box::pin(self.receive())
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
