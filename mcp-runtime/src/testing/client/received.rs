//! Items received from a server, in order, which a test can inspect or wait for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// Time limit for an item that a test waits for. Only a failing test reaches it.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// All items of one kind.
pub(super) struct Received<T> {
    items: Mutex<Items<T>>,
    more: Notify,
}

struct Items<T> {
    all: Vec<T>,
    /// Number of items that a test has waited for.
    read: usize,
}

impl<T> Default for Received<T> {
    fn default() -> Self {
        let items = Items { all: Vec::new(), read: 0 };
        Self { items: Mutex::new(items), more: Notify::new() }
    }
}

impl<T: Clone> Received<T> {
    pub(super) fn push(&self, item: T) {
        self.items().all.push(item);
        self.more.notify_one();
    }

    /// All items so far.
    pub(super) fn all(&self) -> Vec<T> {
        self.items().all.clone()
    }

    /// Waits for the first item that was not waited for yet.
    ///
    /// # Panics
    /// If it does not arrive; the message contains `noun`.
    pub(super) async fn next(&self, noun: &str) -> T {
        let next = async {
            loop {
                if let Some(item) = self.items().take() {
                    return item;
                }
                // Returns at once if an item arrived since the check.
                self.more.notified().await;
            }
        };
        let next = tokio::time::timeout(WAIT_TIMEOUT, next).await;
        next.unwrap_or_else(|_| panic!("the server should have sent {noun}"))
    }

    fn items(&self) -> MutexGuard<'_, Items<T>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Items<T> {
    fn take(&mut self) -> Option<T> {
        let item = self.all.get(self.read).cloned();
        self.read += usize::from(item.is_some());
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_is_waited_for_once_and_all_are_kept() {
        let received = Received::default();
        received.push(1);
        received.push(2);
        assert_eq!((received.next("a").await, received.next("b").await), (1, 2));
        let (third, ()) = tokio::join!(received.next("c"), async { received.push(3) });
        assert_eq!((third, received.all()), (3, vec![1, 2, 3]));
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "the server should have sent a log message")]
    async fn a_missing_item_is_named() {
        Received::<u8>::default().next("a log message").await;
    }
}
