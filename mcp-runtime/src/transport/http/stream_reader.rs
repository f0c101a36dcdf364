//! The body of a response that reads a stream of a session.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::keep_alive::KeepAlive;
use super::session::Attended;
use super::stream::{Next, ReaderToken, Stream};

/// Source of the events of a stream, which runs only while a client reads.
pub(super) type DrivenStream = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Reader of a stream for one response.
pub(super) struct StreamReader {
    stream: Arc<Stream>,
    token: ReaderToken,
    /// Source of the events, unless they are those of a handler.
    driven: Option<DrivenStream>,
    ended: bool,
    keep_alive: KeepAlive,
    attended: Attended,
}

impl StreamReader {
    pub(super) fn new(
        stream: Arc<Stream>,
        token: ReaderToken,
        driven: Option<DrivenStream>,
        keep_alive: Duration,
        attended: Attended,
    ) -> Self {
        let keep_alive = KeepAlive::new(keep_alive);
        Self { stream, token, driven, ended: false, keep_alive, attended }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Waits for the next events. The last ones come with the end, so that both are sent at once.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if self.attended.check() {
            self.stream.forsake(self.token);
        }
        // Polled before the events are fetched, because it may add some.
        let over = self.driven.as_mut().is_some_and(|driven| driven.as_mut().poll(cx).is_ready());
        match self.stream.poll_next(self.token, cx) {
            Poll::Ready(Next::Events { events, is_last }) => {
                self.keep_alive.reset();
                if is_last || over {
                    self.end();
                }
                return Poll::Ready(Some(events));
            }
            Poll::Ready(Next::End) => {
                self.end();
                return Poll::Ready(None);
            }
            Poll::Pending if over => {
                self.end();
                return Poll::Ready(None);
            }
            Poll::Pending => {}
        }
        self.keep_alive.poll(cx).map(Some)
    }

    fn end(&mut self) {
        self.ended = true;
        self.driven = None;
        if self.stream.is_ended() {
            self.stream.shrink();
        }
    }
}

impl Drop for StreamReader {
    fn drop(&mut self) {
        self.stream.leave(self.token);
    }
}
