//! Futures that run at the same time, in the task of their owner.

use std::task::Poll;

use crate::client::BoxFuture;

/// Futures that run at the same time. Dropping it drops them.
pub(in crate::agent) struct Concurrent<'a, T>(Vec<BoxFuture<'a, T>>);

impl<'a, T> Concurrent<'a, T> {
    pub(in crate::agent) fn new() -> Self {
        Self(Vec::new())
    }

    pub(in crate::agent) fn push(&mut self, future: BoxFuture<'a, T>) {
        self.0.push(future);
    }

    pub(in crate::agent) fn len(&self) -> usize {
        self.0.len()
    }

    /// Waits for the next output; `None` if there are no futures.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(in crate::agent) async fn next(&mut self) -> Option<T> {
        std::future::poll_fn(|cx| {
            for index in 0..self.0.len() {
                if let Poll::Ready(output) = self.0[index].as_mut().poll(cx) {
                    drop(self.0.remove(index));
                    return Poll::Ready(Some(output));
                }
            }
            if self.0.is_empty() { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }
}
