//! The body of a response that is a stream of events: notifications, the answer, and comments.
//!
//! The body drives the handler, so a disconnect of the client cancels it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::answer::Source;
use super::keep_alive::KeepAlive;
use super::queue::{Queue, append_event};

/// The body of a response that is a stream of events.
pub(super) struct Events {
    /// `None` once the stream has ended.
    source: Option<Source>,
    queue: Arc<Queue>,
    keep_alive: KeepAlive,
}

impl Events {
    pub(super) fn new(source: Source, queue: Arc<Queue>, keep_alive: Duration) -> Self {
        Self { source: Some(source), queue, keep_alive: KeepAlive::new(keep_alive) }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.source.is_none()
    }

    /// Waits for the next events. The last ones come with the end, so that both are sent at once.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(source) = &mut self.source else { return Poll::Ready(None) };
        if let Poll::Ready(answer) = source.poll(cx) {
            self.source = None;
            let mut last = self.queue.take();
            self.queue.close();
            if let Some(answer) = answer {
                append_event(&mut last, &answer.json);
            }
            return Poll::Ready((!last.is_empty()).then(|| self.queue.memory().held(last)));
        }
        if self.queue.poll_filled(cx) {
            self.keep_alive.reset();
            return Poll::Ready(Some(self.queue.memory().held(self.queue.take())));
        }
        self.keep_alive.poll(cx).map(Some)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use http::StatusCode;
    use tokio::sync::oneshot;

    use super::super::answer::Answer;
    use super::*;
    use crate::context::sink::NotificationSink as _;

    const KEEP_ALIVE: Duration = Duration::from_secs(15);

    async fn next(events: &mut Events) -> Option<String> {
        let next = poll_fn(|cx| events.poll_next(cx)).await;
        next.map(|events| String::from_utf8(events.to_vec()).unwrap())
    }

    fn pending(answer: oneshot::Receiver<Answer>) -> Source {
        Source::Array(answer, None)
    }

    #[tokio::test]
    async fn the_answer_comes_with_earlier_events_and_with_the_end() {
        let queue = Arc::new(Queue::new(&Arc::default()));
        queue.notify(b"1".to_vec());
        let answer = Answer { status: StatusCode::OK, json: Bytes::from_static(b"2") };
        let mut events = Events::new(Source::Answered(Some(answer)), queue, KEEP_ALIVE);
        let expected = "event: message\ndata: 1\n\nevent: message\ndata: 2\n\n";
        assert_eq!(next(&mut events).await.as_deref(), Some(expected));
        assert!(events.is_ended());
        assert_eq!(next(&mut events).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_stream_gets_comments() {
        let (end, ended) = oneshot::channel();
        let queue = Arc::new(Queue::new(&Arc::default()));
        let mut events = Events::new(pending(ended), Arc::clone(&queue), KEEP_ALIVE);
        let start = tokio::time::Instant::now();
        assert_eq!(next(&mut events).await.as_deref(), Some(":\n\n"));
        assert_eq!(next(&mut events).await.as_deref(), Some(":\n\n"));
        assert_eq!(start.elapsed(), 2 * KEEP_ALIVE);
        queue.notify(b"1".to_vec());
        assert_eq!(next(&mut events).await.as_deref(), Some("event: message\ndata: 1\n\n"));
        // Cancelled.
        drop(end);
        assert_eq!(next(&mut events).await, None);
    }

    #[tokio::test]
    async fn a_stream_that_is_dropped_keeps_nothing() {
        let (_end, ended) = oneshot::channel();
        let queue = Arc::new(Queue::new(&Arc::default()));
        drop(Events::new(pending(ended), Arc::clone(&queue), KEEP_ALIVE));
        queue.notify(b"1".to_vec());
        assert!(queue.is_empty());
    }
}
