//! The body of a response that reads a stream of a session.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

use super::queue::COMMENT;
use super::session::Listening;
use super::stream::{Next, Seat, Stream};

/// What is driven while a client reads, and ends with it.
pub(super) type Driven = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Reads a stream, from one connection.
pub(super) struct Reading {
    stream: Arc<Stream>,
    seat: Seat,
    /// What speaks on the stream, where that is nobody else's.
    driven: Option<Driven>,
    ended: bool,
    keep_alive: Duration,
    /// Runs while nothing is said.
    silence: Option<Pin<Box<Sleep>>>,
    _listening: Listening,
}

impl Reading {
    pub(super) fn new(
        stream: Arc<Stream>,
        seat: Seat,
        driven: Option<Driven>,
        keep_alive: Duration,
        listening: Listening,
    ) -> Self {
        let silence = None;
        Self { stream, seat, driven, ended: false, keep_alive, silence, _listening: listening }
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// The next events. The last ones come together with the end, so that both go out at once.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.ended {
            return Poll::Ready(None);
        }
        // Polled before the events are fetched, because it may say some.
        let over = self.driven.as_mut().is_some_and(|driven| driven.as_mut().poll(cx).is_ready());
        match self.stream.poll_next(self.seat, cx) {
            Poll::Ready(Next::Events(events, is_last)) => {
                self.silence = None;
                if is_last || over {
                    self.end();
                }
                return Poll::Ready(Some(events.into()));
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
        let silence = self.silence.get_or_insert_with(|| Box::pin(sleep(self.keep_alive)));
        ready!(silence.as_mut().poll(cx));
        self.silence = None;
        Poll::Ready(Some(COMMENT))
    }

    fn end(&mut self) {
        self.ended = true;
        self.driven = None;
        if self.stream.is_ended() {
            self.stream.shrink();
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stream.leave(self.seat);
    }
}
