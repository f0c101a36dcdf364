//! Streams that run one future for each item.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::message::BoxFuture;

/// A stream whose state is turned into the next item and the next state by a future.
pub(crate) struct Unfold<S, T> {
    progress: Progress<S, T>,
    make_next: MakeNext<S, T>,
}

/// Starts the future that makes the next item.
type MakeNext<S, T> = fn(S) -> NextItem<S, T>;

/// Future of the next item and the state after it; `None` at the end of the stream.
type NextItem<S, T> = BoxFuture<'static, Option<(T, S)>>;

enum Progress<S, T> {
    Idle(S),
    Running(NextItem<S, T>),
    Ended,
}

impl<S: Unpin, T> Unfold<S, T> {
    pub(crate) fn new(state: S, make_next: MakeNext<S, T>) -> Self {
        Self { progress: Progress::Idle(state), make_next }
    }
}

impl<S: Unpin, T> Stream for Unfold<S, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match std::mem::replace(&mut self.progress, Progress::Ended) {
                Progress::Ended => return Poll::Ready(None),
                Progress::Idle(state) => self.progress = Progress::Running((self.make_next)(state)),
                Progress::Running(mut running) => match running.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.progress = Progress::Running(running);
                        return Poll::Pending;
                    }
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Ready(Some((item, state))) => {
                        self.progress = Progress::Idle(state);
                        return Poll::Ready(Some(item));
                    }
                },
            }
        }
    }
}

/// Returns the next item of a stream.
pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}
