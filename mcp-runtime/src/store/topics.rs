//! Messages for the listeners of this process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

/// Messages that wait for one listener. When there are more, it gets an empty one instead of them.
const MAX_WAITING: usize = 64;

/// Topics and their listeners.
#[derive(Default)]
pub(super) struct Topics(Arc<Shared>);

#[derive(Default)]
struct Shared {
    table: Mutex<BTreeMap<String, Vec<Arc<Inbox>>>>,
    /// Called when a topic has lost its last listener.
    on_left: Option<OnLeft>,
}

pub(super) type OnLeft = Box<dyn Fn(&str) + Send + Sync>;

/// Receives the messages of a topic, until it is dropped.
///
/// Messages are hints and may be lost. An empty message stands for lost ones: read again.
pub(crate) struct Listener {
    topic: String,
    inbox: Arc<Inbox>,
    topics: Weak<Shared>,
}

#[derive(Default)]
struct Inbox {
    queue: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    is_closed: bool,
}

#[cfg(feature = "store-redis")]
impl Topics {
    /// Topics that report when one of them has lost its last listener.
    pub(super) fn observed(on_left: OnLeft) -> Self {
        Self(Arc::new(Shared { on_left: Some(on_left), ..Shared::default() }))
    }

    /// Topics that have listeners.
    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.0.table).keys().cloned().collect()
    }

    /// Returns `true` if a topic has listeners.
    pub(super) fn contains(&self, topic: &str) -> bool {
        lock(&self.0.table).contains_key(topic)
    }

    /// Sends a message to the listeners of a topic.
    pub(super) fn publish_one(&self, topic: &str, message: &[u8]) {
        let message = Bytes::copy_from_slice(message);
        for inbox in lock(&self.0.table).get(topic).into_iter().flatten() {
            inbox.receive(message.clone());
        }
    }

    /// Sends an empty message to all listeners.
    pub(super) fn read_again(&self) {
        for inbox in lock(&self.0.table).values().flatten() {
            inbox.receive(Bytes::new());
        }
    }
}

impl Topics {
    /// Adds a listener.
    pub(super) fn subscribe(&self, topic: &str) -> Listener {
        let inbox = Arc::<Inbox>::default();
        lock(&self.0.table).entry(topic.to_owned()).or_default().push(Arc::clone(&inbox));
        Listener { topic: topic.to_owned(), inbox, topics: Arc::downgrade(&self.0) }
    }

    /// Sends messages to the listeners that there are now.
    pub(super) fn publish(&self, messages: Vec<(String, Bytes)>) {
        if messages.is_empty() {
            return;
        }
        let table = lock(&self.0.table);
        for (topic, message) in messages {
            for inbox in table.get(&topic).into_iter().flatten() {
                inbox.receive(message.clone());
            }
        }
    }
}

impl Drop for Topics {
    fn drop(&mut self) {
        for inbox in lock(&self.0.table).values().flatten() {
            lock(&inbox.queue).is_closed = true;
            inbox.arrived.notify_one();
        }
    }
}

impl Inbox {
    fn receive(&self, message: Bytes) {
        let mut queue = lock(&self.queue);
        if queue.messages.len() == MAX_WAITING {
            queue.messages.clear();
            queue.messages.push_back(Bytes::new());
        } else {
            queue.messages.push_back(message);
        }
        drop(queue);
        self.arrived.notify_one();
    }
}

impl Listener {
    /// Returns the next message; `None` once the store has been dropped.
    ///
    /// Dropping the future loses no message.
    pub(crate) async fn next(&mut self) -> Option<Bytes> {
        loop {
            {
                let mut queue = lock(&self.inbox.queue);
                if let Some(message) = queue.messages.pop_front() {
                    return Some(message);
                }
                if queue.is_closed {
                    return None;
                }
            }
            self.inbox.arrived.notified().await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let Some(topics) = self.topics.upgrade() else { return };
        let mut table = lock(&topics.table);
        let Some(inboxes) = table.get_mut(&self.topic) else { return };
        inboxes.retain(|inbox| !Arc::ptr_eq(inbox, &self.inbox));
        if inboxes.is_empty() {
            table.remove(&self.topic);
            drop(table);
            if let Some(on_left) = &topics.on_left {
                on_left(&self.topic);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
