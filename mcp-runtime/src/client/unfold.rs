//! Streams made of a future for each item.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::transport::Boxed;

/// A stream whose next item is what a future makes of the state, together with the next state.
pub(crate) struct Unfold<S, T> {
    state: State<S, T>,
    step: Step<S, T>,
}

/// Makes the next item of a state.
type Step<S, T> = fn(S) -> Working<S, T>;

/// Makes an item and the next state, or neither at the end.
type Working<S, T> = Boxed<'static, Option<(T, S)>>;

enum State<S, T> {
    Resting(S),
    Working(Working<S, T>),
    Ended,
}

impl<S: Unpin, T> Unfold<S, T> {
    pub(crate) fn new(state: S, step: Step<S, T>) -> Self {
        Self { state: State::Resting(state), step }
    }
}

impl<S: Unpin, T> Stream for Unfold<S, T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        loop {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Resting(state) => self.state = State::Working((self.step)(state)),
                State::Working(mut working) => match working.as_mut().poll(cx) {
                    Poll::Pending => {
                        self.state = State::Working(working);
                        return Poll::Pending;
                    }
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Ready(Some((item, state))) => {
                        self.state = State::Resting(state);
                        return Poll::Ready(Some(item));
                    }
                },
            }
        }
    }
}

/// The next item of a stream.
pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}
