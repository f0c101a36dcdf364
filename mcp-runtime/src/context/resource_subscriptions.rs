//! Subscriptions of clients to single resources, and the changes that they have not been notified of.
//!
//! A change marks the resource for all its subscribers and wakes them. Changes are coalesced until
//! the notification is sent, so a client that reads slowly needs no more memory than a fast one.

use std::borrow::Cow;
#[cfg(feature = "http")]
use std::collections::HashSet;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};

use mcp_core::jsonrpc::ProtocolError;
use mcp_core::uri::normal_form;
use tokio::sync::Notify;

use super::budget::{Budget, Exceeded};
use super::changes::{ChangeFeed, Changes};

/// Maximum number of resources that one client subscribes to.
const MAX_SUBSCRIPTIONS: usize = 4096;

/// Maximum number of unsent messages that belong to no request.
const MAX_POSTED: usize = 64;

/// Memory of a subscription beside its URI.
const SUBSCRIPTION: usize = 256;

/// Maximum total length of the URIs that one client subscribes to, in bytes.
const MAX_URI_BYTES: usize = 512 << 10;

/// Subscribers of all resources, by URI.
#[derive(Default)]
pub(crate) struct ResourceSubscribers {
    by_uri: RwLock<ByUri>,
    /// Number of URIs that gained their first subscriber or lost their last one.
    #[cfg(feature = "client")]
    changes: tokio::sync::watch::Sender<u64>,
}

/// Identity of a subscriber: its address.
type Key = usize;

/// Subscribers by the normal form of a URI.
type ByUri = HashMap<Arc<str>, HashMap<Key, Arc<Subscriber>>>;

/// The form of a URI in which it is compared.
fn comparable(uri: &str) -> Cow<'_, str> {
    normal_form(uri).unwrap_or(Cow::Borrowed(uri))
}

/// One client with its subscriptions.
#[derive(Default)]
struct Subscriber {
    queue: Mutex<SubscriberQueue>,
    wake: Notify,
}

/// Subscriptions and unsent notifications of one client.
#[derive(Default)]
struct SubscriberQueue {
    /// The subscriptions, in the order of their URIs. Most clients have few, for which maps are large.
    subscribed: Vec<Subscribed>,
    /// URIs marked as changed, oldest first.
    marked: VecDeque<Arc<str>>,
    /// Total length of all subscribed URIs.
    size: usize,
    /// Messages that belong to no request, oldest first.
    posted: VecDeque<Vec<u8>>,
    /// List changes that the client has been notified of; `None` if it may have missed some.
    notified: Option<Changes>,
}

/// A resource that a client has subscribed to.
struct Subscribed {
    /// Normal form of the URI.
    uri: Arc<str>,
    /// The URI as the client wrote it, where that is another one.
    written: Option<Arc<str>>,
    /// `true` if it is marked as changed.
    is_marked: bool,
}

impl Subscribed {
    /// Memory that the subscription takes, about.
    fn memory(&self) -> usize {
        SUBSCRIPTION + self.uri.len() + self.written.as_ref().map_or(0, |written| written.len())
    }
}

impl ResourceSubscribers {
    /// Marks a resource as changed for all its subscribers.
    pub(crate) fn mark(&self, uri: &str) {
        let uri = &*comparable(uri);
        let by_uri = self.by_uri.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((uri, subscribers)) = by_uri.get_key_value(uri) {
            subscribers.values().for_each(|subscriber| subscriber.mark(uri));
        }
    }

    /// Marks every resource as changed for all its subscribers.
    pub(crate) fn mark_all(&self) {
        let by_uri = self.by_uri.read().unwrap_or_else(PoisonError::into_inner);
        for (uri, subscribers) in &*by_uri {
            subscribers.values().for_each(|subscriber| subscriber.mark(uri));
        }
    }

    /// Receiver for the number of changes of the set of subscribed URIs.
    #[cfg(feature = "client")]
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Number of changes of the set of subscribed URIs so far.
    #[cfg(feature = "client")]
    pub(crate) fn change_count(&self) -> u64 {
        *self.changes.borrow()
    }

    /// All subscribed URIs, each as one of its subscribers wrote it.
    #[cfg(feature = "client")]
    pub(crate) fn uris(&self) -> Vec<Arc<str>> {
        let by_uri = self.by_uri.read().unwrap_or_else(PoisonError::into_inner);
        let written = |(uri, subscribers): (&Arc<str>, &HashMap<Key, Arc<Subscriber>>)| {
            let first = subscribers.values().next();
            first.map_or_else(|| Arc::clone(uri), |subscriber| subscriber.queue().written(uri))
        };
        by_uri.iter().map(written).collect()
    }

    /// Counts a change of the set of subscribed URIs. Called while the write lock is held.
    fn count_change(&self) {
        #[cfg(feature = "client")]
        self.changes.send_modify(|count| *count += 1);
    }

    fn write(&self) -> RwLockWriteGuard<'_, ByUri> {
        self.by_uri.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SubscriberQueue {
    /// Position of the subscription to a URI, or else the position at which to insert it.
    fn position(&self, uri: &str) -> Result<usize, usize> {
        self.subscribed.binary_search_by(|subscribed| (*subscribed.uri).cmp(uri))
    }

    fn get_mut(&mut self, uri: &str) -> Option<&mut Subscribed> {
        let position = self.position(uri).ok()?;
        self.subscribed.get_mut(position)
    }

    /// A URI as the client wrote it.
    fn written(&self, uri: &Arc<str>) -> Arc<str> {
        let subscribed = self.position(uri).ok().and_then(|position| self.subscribed.get(position));
        let written = subscribed.and_then(|subscribed| subscribed.written.as_ref());
        Arc::clone(written.unwrap_or(uri))
    }
}

impl Subscriber {
    fn queue(&self) -> MutexGuard<'_, SubscriberQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, uri: &Arc<str>) {
        let mut queue = self.queue();
        match queue.get_mut(uri) {
            Some(subscribed) if !subscribed.is_marked => subscribed.is_marked = true,
            _ => return,
        }
        queue.marked.push_back(Arc::clone(uri));
        drop(queue);
        self.wake.notify_one();
    }
}

/// Obstacle to a subscription.
#[derive(Debug)]
pub(crate) enum NotSubscribed {
    /// The request is malformed, or the client has too many subscriptions.
    Invalid(ProtocolError),
    /// There is no memory for it.
    Exceeded(Exceeded),
}

impl From<NotSubscribed> for ProtocolError {
    fn from(error: NotSubscribed) -> Self {
        match error {
            NotSubscribed::Invalid(error) => error,
            NotSubscribed::Exceeded(exceeded) => exceeded.error(),
        }
    }
}

/// Adds a URI to stored subscriptions, unless it is there.
///
/// # Errors
/// An error for the client, if there are too many.
#[cfg(feature = "http")]
pub(crate) fn add_to(uris: &mut Vec<String>, uri: &str) -> Result<(), ProtocolError> {
    let added = comparable(uri);
    if uris.iter().any(|uri| comparable(uri) == added) {
        return Ok(());
    }
    let size: usize = uris.iter().map(|uri| comparable(uri).len()).sum();
    if uris.len() >= MAX_SUBSCRIPTIONS || size + added.len() > MAX_URI_BYTES {
        return Err(too_many());
    }
    uris.push(uri.to_owned());
    Ok(())
}

/// Removes a URI from stored subscriptions, if it is there.
#[cfg(feature = "http")]
pub(crate) fn remove_from(uris: &mut Vec<String>, uri: &str) {
    let removed = comparable(uri);
    uris.retain(|uri| comparable(uri) != removed);
}

fn too_many() -> ProtocolError {
    ProtocolError::invalid_params(format!(
        "too many resource subscriptions: at most {MAX_SUBSCRIPTIONS}, whose URIs have \
         {MAX_URI_BYTES} bytes together"
    ))
}

/// Resource subscriptions of one client. Dropping them unsubscribes it from everything.
pub(crate) struct ResourceSubscriptions {
    feed: Arc<ChangeFeed>,
    budget: Arc<Budget>,
    subscriber: Arc<Subscriber>,
}

impl ResourceSubscriptions {
    /// Creates an empty set, for a client that has received the current lists.
    pub(crate) fn new(feed: &Arc<ChangeFeed>, budget: &Arc<Budget>) -> Self {
        let subscriber = Arc::<Subscriber>::default();
        subscriber.queue().notified = Some(feed.current());
        Self { feed: Arc::clone(feed), budget: Arc::clone(budget), subscriber }
    }

    fn key(&self) -> Key {
        Arc::as_ptr(&self.subscriber) as usize
    }

    /// Subscribes to a resource.
    ///
    /// # Errors
    /// [`NotSubscribed`] if the client has too many subscriptions, or there is no memory.
    pub(crate) fn add(&self, uri: &str) -> Result<(), NotSubscribed> {
        let written = uri;
        let uri = &*comparable(uri);
        let mut by_uri = self.feed.subscribers.write();
        let mut queue = self.subscriber.queue();
        let Err(position) = queue.position(uri) else { return Ok(()) };
        if queue.subscribed.len() >= MAX_SUBSCRIPTIONS || queue.size + uri.len() > MAX_URI_BYTES {
            return Err(NotSubscribed::Invalid(too_many()));
        }
        self.budget.check().map_err(NotSubscribed::Exceeded)?;
        // All subscribers share one copy of the URI.
        let uri = by_uri.get_key_value(uri).map_or_else(|| uri.into(), |(uri, _)| Arc::clone(uri));
        queue.size += uri.len();
        let written = (*uri != *written).then(|| written.into());
        let subscribed = Subscribed { uri: Arc::clone(&uri), written, is_marked: false };
        self.budget.add(subscribed.memory());
        if queue.subscribed.is_empty() {
            queue.subscribed.reserve_exact(1);
        }
        queue.subscribed.insert(position, subscribed);
        let subscribers = by_uri.entry(uri).or_default();
        subscribers.insert(self.key(), Arc::clone(&self.subscriber));
        if subscribers.len() == 1 {
            self.feed.subscribers.count_change();
        }
        Ok(())
    }

    /// Replaces all subscriptions. Those for which there is no memory are left out.
    #[cfg(feature = "http")]
    pub(crate) fn replace(&self, uris: &[String]) {
        let wanted: HashSet<_> = uris.iter().map(|uri| comparable(uri)).collect();
        let queue = self.subscriber.queue();
        let subscribed: Vec<_> = queue.subscribed.iter().map(|it| Arc::clone(&it.uri)).collect();
        drop(queue);
        for uri in subscribed.iter().filter(|uri| !wanted.contains(&***uri)) {
            self.remove(uri);
        }
        for uri in uris {
            if let Err(error) = self.add(uri) {
                tracing::warn!(?error, "a stored subscription is left out");
            }
        }
    }

    /// Unsubscribes from a resource.
    pub(crate) fn remove(&self, uri: &str) {
        let uri = &*comparable(uri);
        let mut by_uri = self.feed.subscribers.write();
        let mut queue = self.subscriber.queue();
        if let Ok(position) = queue.position(uri) {
            self.budget.release(queue.subscribed.remove(position).memory());
            queue.size -= uri.len();
            queue.marked.retain(|marked| &**marked != uri);
            self.forget(&mut by_uri, uri);
        }
    }

    fn forget(&self, by_uri: &mut ByUri, uri: &str) {
        if let Some(subscribers) = by_uri.get_mut(uri) {
            subscribers.remove(&self.key());
            if subscribers.is_empty() {
                by_uri.remove(uri);
                self.feed.subscribers.count_change();
            }
        }
    }

    /// Takes the oldest changed resource; its notification is to be sent now.
    pub(crate) fn next_changed(&self) -> Option<Arc<str>> {
        let mut queue = self.subscriber.queue();
        let uri = queue.marked.pop_front()?;
        if let Some(subscribed) = queue.get_mut(&uri) {
            subscribed.is_marked = false;
        }
        Some(queue.written(&uri))
    }

    /// Queues a message for the client. Returns `false` if too many are queued.
    pub(crate) fn post(&self, message: Vec<u8>) -> bool {
        let mut queue = self.subscriber.queue();
        let has_room = queue.posted.len() < MAX_POSTED;
        if has_room {
            queue.posted.push_back(message);
            drop(queue);
            self.subscriber.wake.notify_one();
        }
        has_room
    }

    /// Takes the oldest queued message.
    pub(crate) fn next_posted(&self) -> Option<Vec<u8>> {
        self.subscriber.queue().posted.pop_front()
    }

    /// Waits until a resource may have changed or a message is queued.
    pub(crate) async fn woken(&self) {
        self.subscriber.wake.notified().await;
    }

    /// Records that the client is notified of the list changes up to `now`. Returns the state before.
    pub(crate) fn replace_notified(&self, now: Changes) -> Option<Changes> {
        self.subscriber.queue().notified.replace(now)
    }

    /// Marks everything as changed, for a client that may have missed changes.
    #[cfg(any(feature = "http", test))]
    pub(crate) fn mark_all(&self) {
        self.subscriber.queue().notified = None;
        self.mark_resources();
    }

    /// Marks every subscribed resource as changed.
    #[cfg(any(feature = "http", test))]
    pub(crate) fn mark_resources(&self) {
        let mut queue = self.subscriber.queue();
        let SubscriberQueue { subscribed, marked, .. } = &mut *queue;
        for subscribed in subscribed.iter_mut().filter(|subscribed| !subscribed.is_marked) {
            subscribed.is_marked = true;
            marked.push_back(Arc::clone(&subscribed.uri));
        }
        drop(queue);
        self.subscriber.wake.notify_one();
    }
}

impl Drop for ResourceSubscriptions {
    fn drop(&mut self) {
        let mut queue = self.subscriber.queue();
        let subscribed = std::mem::take(&mut queue.subscribed);
        // Most clients have no subscriptions; they do not take the lock that all clients share.
        if subscribed.is_empty() {
            return;
        }
        self.budget.release(subscribed.iter().map(Subscribed::memory).sum());
        drop(queue);
        let mut by_uri = self.feed.subscribers.write();
        for Subscribed { uri, .. } in &subscribed {
            self.forget(&mut by_uri, uri);
        }
    }
}

impl std::fmt::Debug for ResourceSubscriptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = self.subscriber.queue().subscribed.len();
        f.debug_struct("ResourceSubscriptions").field("count", &count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(subscriptions: &ResourceSubscriptions) -> Vec<String> {
        std::iter::from_fn(|| subscriptions.next_changed()).map(|uri| uri.to_string()).collect()
    }

    #[test]
    fn changes_are_coalesced_until_they_are_sent() {
        let feed = Arc::<ChangeFeed>::default();
        let subscriptions = ResourceSubscriptions::new(&feed, &Arc::default());
        subscriptions.add("a:1").unwrap();
        subscriptions.add("a:2").unwrap();
        subscriptions.add("a:1").unwrap();
        for uri in ["a:2", "a:1", "a:2", "a:3", "a:2"] {
            feed.subscribers.mark(uri);
        }
        assert_eq!(changed(&subscriptions), ["a:2", "a:1"]);
        assert_eq!(changed(&subscriptions), [""; 0]);
        feed.subscribers.mark("a:1");
        assert_eq!(changed(&subscriptions), ["a:1"]);
    }

    #[test]
    fn equivalent_uris_are_one_subscription() {
        let feed = Arc::<ChangeFeed>::default();
        let (one, other) = (
            ResourceSubscriptions::new(&feed, &Arc::default()),
            ResourceSubscriptions::new(&feed, &Arc::default()),
        );
        one.add("A://B/caf\u{e9}").unwrap();
        one.add("a://b/caf%C3%A9").unwrap();
        other.add("a://b/caf%c3%a9").unwrap();
        feed.subscribers.mark("a://B/caf%C3%a9");
        assert_eq!(changed(&one), ["A://B/caf\u{e9}"], "as the client wrote it");
        assert_eq!(changed(&other), ["a://b/caf%c3%a9"]);
        one.remove("a://b/caf\u{e9}");
        #[cfg(feature = "client")]
        assert_eq!(*feed.subscribers.uris(), [Arc::<str>::from("a://b/caf%c3%a9")]);
        feed.subscribers.mark("a://b/caf\u{e9}");
        assert_eq!(changed(&one), [""; 0]);
        assert_eq!(changed(&other), ["a://b/caf%c3%a9"]);
    }

    #[test]
    fn an_unsubscribed_client_receives_nothing_and_leaves_nothing() {
        let feed = Arc::<ChangeFeed>::default();
        let (one, other) = (
            ResourceSubscriptions::new(&feed, &Arc::default()),
            ResourceSubscriptions::new(&feed, &Arc::default()),
        );
        one.add("a:1").unwrap();
        other.add("a:1").unwrap();
        feed.subscribers.mark("a:1");
        one.remove("a:1");
        feed.subscribers.mark("a:1");
        assert_eq!(changed(&one), [""; 0]);
        assert_eq!(changed(&other), ["a:1"]);
        drop(other);
        assert!(feed.subscribers.write().is_empty());
        one.add("a:1").unwrap();
        assert_eq!(changed(&one), [""; 0], "a change before the new subscription does not count");
    }

    #[test]
    fn the_subscriptions_of_one_client_are_bounded() {
        let feed = Arc::<ChangeFeed>::default();
        let subscriptions = ResourceSubscriptions::new(&feed, &Arc::default());
        for index in 0..MAX_SUBSCRIPTIONS {
            subscriptions.add(&format!("a:{index}")).unwrap();
        }
        assert!(matches!(subscriptions.add("a:more"), Err(NotSubscribed::Invalid(_))));
        subscriptions.remove("a:0");
        assert!(subscriptions.add("a:more").is_ok());
        let other = ResourceSubscriptions::new(&feed, &Arc::default());
        assert!(other.add(&"a".repeat(MAX_URI_BYTES + 1)).is_err());
    }

    #[test]
    fn subscriptions_count_until_they_end() {
        let feed = Arc::<ChangeFeed>::default();
        let budget = Budget::of_server(10 * SUBSCRIPTION);
        let one = ResourceSubscriptions::new(&feed, &budget);
        let subscribed =
            (0..100).take_while(|index| one.add(&format!("a:{index}")).is_ok()).count();
        assert!((5..=10).contains(&subscribed), "{subscribed}");
        let other = ResourceSubscriptions::new(&feed, &budget);
        assert!(matches!(other.add("a:0"), Err(NotSubscribed::Exceeded(_))));
        (0..subscribed).for_each(|index| one.remove(&format!("a:{index}")));
        assert_eq!(budget.used(), 0);
        other.add("a:0").unwrap();
        drop(other);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_client_that_may_have_missed_changes_is_notified_of_everything_once() {
        let feed = Arc::<ChangeFeed>::default();
        let subscriptions = ResourceSubscriptions::new(&feed, &Arc::default());
        subscriptions.add("a:1").unwrap();
        subscriptions.add("a:2").unwrap();
        feed.subscribers.mark("a:2");
        subscriptions.mark_all();
        assert_eq!(changed(&subscriptions), ["a:2", "a:1"]);
        assert_eq!(subscriptions.replace_notified(Changes::default()), None);
        assert_eq!(subscriptions.replace_notified(Changes::default()), Some(Changes::default()));
    }
}
