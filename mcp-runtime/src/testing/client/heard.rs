//! What a server says, kept in order for a test to look at or to wait for.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How long a test waits for what a server should say. It is there for a test that fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything of one kind that a server has said.
pub(super) struct Heard<T> {
    said: Mutex<Said<T>>,
    more: Notify,
}

struct Said<T> {
    all: Vec<T>,
    /// How much of it has been waited for.
    read: usize,
}

impl<T> Default for Heard<T> {
    fn default() -> Self {
        let said = Said { all: Vec::new(), read: 0 };
        Self { said: Mutex::new(said), more: Notify::new() }
    }
}

impl<T: Clone> Heard<T> {
    pub(super) fn push(&self, item: T) {
        self.said().all.push(item);
        self.more.notify_one();
    }

    /// Everything so far.
    pub(super) fn all(&self) -> Vec<T> {
        self.said().all.clone()
    }

    /// The first that was not waited for yet, once it is there.
    ///
    /// # Panics
    /// If it does not come; `what` says what it would have been.
    pub(super) async fn next(&self, what: &str) -> T {
        let next = async {
            loop {
                if let Some(item) = self.said().take() {
                    return item;
                }
                // What was said since the look is remembered here.
                self.more.notified().await;
            }
        };
        let next = tokio::time::timeout(PATIENCE, next).await;
        next.unwrap_or_else(|_| panic!("the server should have sent {what}"))
    }

    fn said(&self) -> MutexGuard<'_, Said<T>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone> Said<T> {
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
        let heard = Heard::default();
        heard.push(1);
        heard.push(2);
        assert_eq!((heard.next("a").await, heard.next("b").await), (1, 2));
        let (third, ()) = tokio::join!(heard.next("c"), async { heard.push(3) });
        assert_eq!((third, heard.all()), (3, vec![1, 2, 3]));
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "the server should have sent a log message")]
    async fn what_never_comes_is_told() {
        Heard::<u8>::default().next("a log message").await;
    }
}
