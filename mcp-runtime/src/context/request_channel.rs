//! The request channel: state shared by the handler of a request and the task that polls it.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Waker};

use super::cancellation::Signal;
use super::questions::{QuestionSlot, Questions};
use super::sink::SharedSink;

/// Sends the notifications and questions of one request, until the request ends.
///
/// A cancelled handler may still be running on another thread; its messages are dropped. Clones share
/// one channel.
#[derive(Clone)]
pub(crate) struct RequestChannel(Arc<Inner>);

struct Inner {
    sink: SharedSink,
    is_closed: Mutex<bool>,
    questions: QuestionSlot,
    handler: HandlerState,
}

impl RequestChannel {
    pub(crate) fn new(sink: SharedSink) -> Self {
        let (is_closed, questions, handler) =
            (Mutex::default(), OnceLock::new(), HandlerState::default());
        Self(Arc::new(Inner { sink, is_closed, questions, handler }))
    }

    fn is_closed_now(&self) -> MutexGuard<'_, bool> {
        self.0.is_closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a notification unless the channel is closed. See
    /// [`NotificationSink::notify`](super::sink::NotificationSink::notify).
    pub(crate) fn notify(&self, message: Vec<u8>) {
        // The lock is held while the message is sent, so that none is sent after `close`.
        let is_closed = self.is_closed_now();
        if !*is_closed {
            self.0.sink.notify(message);
        }
    }

    /// Sends a message that must not be dropped, unless the channel is closed. See
    /// [`NotificationSink::deliver`](super::sink::NotificationSink::deliver).
    pub(crate) fn deliver(&self, message: Vec<u8>) -> bool {
        let is_closed = self.is_closed_now();
        !*is_closed && self.0.sink.deliver(message)
    }

    /// Closes the connection if the client can resume it. See
    /// [`NotificationSink::pause`](super::sink::NotificationSink::pause).
    pub(crate) fn pause(&self) {
        let is_closed = self.is_closed_now();
        if !*is_closed {
            self.0.sink.pause();
        }
    }

    /// Closes the channel: nothing more is sent.
    pub(crate) fn close(&self) {
        *self.is_closed_now() = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.is_closed_now()
    }

    pub(crate) fn sink(&self) -> &SharedSink {
        &self.0.sink
    }

    /// Waits until the next notification would be buffered. See
    /// [`NotificationSink::poll_ready`](super::sink::NotificationSink::poll_ready).
    pub(crate) async fn ready(&self) {
        std::future::poll_fn(|cx| self.0.sink.poll_ready(cx)).await;
    }

    /// Questions of the request, if the handler has asked any or the request has brought answers.
    pub(crate) fn questions(&self) -> Option<&dyn Questions> {
        self.0.questions.get().map(|questions| &**questions)
    }

    /// The slot of the questions; empty until the first one.
    pub(crate) fn question_slot(&self) -> &QuestionSlot {
        &self.0.questions
    }

    /// The state of the handler.
    pub(crate) fn handler(&self) -> &HandlerState {
        &self.0.handler
    }

    /// Ends every question of a handler that was dropped. Called after [`close`](Self::close).
    pub(crate) fn end_questions(&self) {
        // Later questions fail because the channel is closed.
        if self.0.questions.get().is_some() {
            self.0.handler.ended.set();
        }
    }
}

/// State of the handler of a request.
#[derive(Default)]
pub(crate) struct HandlerState {
    /// Set when the handler has returned or was dropped.
    ended: Signal,
    /// Waker of the task that polls the handler; woken when a question is pending.
    waker: Mutex<Option<Waker>>,
}

impl HandlerState {
    /// Waits until the handler has returned or was dropped.
    pub(crate) async fn ended(&self) {
        self.ended.wait().await;
    }

    fn waker(&self) -> MutexGuard<'_, Option<Waker>> {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers the task that polls the handler.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let mut waker = self.waker();
        match &mut *waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => *waker = Some(cx.waker().clone()),
        }
    }

    /// Wakes the task that polls the handler, so that it sends the pending questions.
    pub(crate) fn wake(&self) {
        let waker = self.waker().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
