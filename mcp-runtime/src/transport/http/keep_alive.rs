//! Comments on idle streams of events.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

/// A comment, which clients skip.
const COMMENT: Bytes = Bytes::from_static(b":\n\n");

/// Timer of a stream of events, which yields a comment when the stream was idle for an interval.
pub(super) struct KeepAlive {
    interval: Duration,
    /// Set while the stream is idle.
    timer: Option<Pin<Box<Sleep>>>,
}

impl KeepAlive {
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, timer: None }
    }

    /// Starts anew, because an event is sent.
    pub(super) fn reset(&mut self) {
        self.timer = None;
    }

    /// Waits for the time of a comment.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.interval)));
        ready!(timer.as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(COMMENT)
    }
}
