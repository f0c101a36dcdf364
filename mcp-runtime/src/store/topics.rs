//! Messages for the listeners of this process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

/// Messages that wait for one listener. When there are more, it gets an empty one instead of them.
const MAX_WAITING: usize = 64;

/// Topics and their listeners.
#[derive(Default)]
pub(super) struct Topics(Arc<Mutex<Table>>);

type Table = BTreeMap<String, Vec<Arc<Inbox>>>;

/// Receives the messages of a topic, until it is dropped.
///
/// Messages are hints and may be lost. An empty message stands for lost ones: read again.
pub(crate) struct Listener {
    topic: String,
    inbox: Arc<Inbox>,
    topics: Weak<Mutex<Table>>,
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

impl Topics {
    /// Adds a listener.
    pub(super) fn subscribe(&self, topic: &str) -> Listener {
        let inbox = Arc::<Inbox>::default();
        lock(&self.0).entry(topic.to_owned()).or_default().push(Arc::clone(&inbox));
        Listener { topic: topic.to_owned(), inbox, topics: Arc::downgrade(&self.0) }
    }

    /// Sends messages to the listeners that there are now.
    pub(super) fn publish(&self, messages: Vec<(String, Bytes)>) {
        if messages.is_empty() {
            return;
        }
        let table = lock(&self.0);
        for (topic, message) in messages {
            for inbox in table.get(&topic).into_iter().flatten() {
                inbox.receive(message.clone());
            }
        }
    }
}

impl Drop for Topics {
    fn drop(&mut self) {
        for inbox in lock(&self.0).values().flatten() {
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
        let mut table = lock(&topics);
        if let Some(inboxes) = table.get_mut(&self.topic) {
            inboxes.retain(|inbox| !Arc::ptr_eq(inbox, &self.inbox));
            if inboxes.is_empty() {
                table.remove(&self.topic);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
