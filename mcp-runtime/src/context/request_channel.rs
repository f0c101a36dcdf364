//! The request channel: state shared by the handler of a request and the task that polls it.

use std::sync::{Arc, OnceLock, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use mcp_core::protocol::LoggingLevel;

use super::cancellation::Signal;
use super::log_limit::LogLimit;
use super::progress::{Admission, Progress, Report};
use super::question_time::QuestionTime;
use super::questions::{QuestionSlot, Questions};
use super::sink::SharedSink;
use crate::clock::Instant;
use crate::sync::{Mutex, MutexGuard};

/// Sends the notifications and questions of one request, until the request ends.
///
/// A cancelled handler may still be running on another thread; its messages are dropped. Clones share
/// one channel.
#[derive(Clone)]
pub(crate) struct RequestChannel(Arc<Inner>);

struct Inner {
    sink: SharedSink,
    state: Mutex<ChannelState>,
    questions: QuestionSlot,
    handler: HandlerState,
}

#[derive(Default)]
struct ChannelState {
    is_closed: bool,
    /// Rates of progress and log messages; absent until the first one.
    rates: Option<Box<Rates>>,
    /// Time that questions of the session took; absent until the first one.
    question_time: Option<Box<QuestionTime>>,
    /// `true` if the time of the handler was over.
    is_timed_out: bool,
}

#[derive(Default)]
struct Rates {
    progress: Progress,
    logs: LogLimit,
}

impl RequestChannel {
    pub(crate) fn new(sink: SharedSink) -> Self {
        let (state, questions, handler) =
            (Mutex::default(), OnceLock::new(), HandlerState::default());
        Self(Arc::new(Inner { sink, state, questions, handler }))
    }

    fn state(&self) -> MutexGuard<'_, ChannelState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a notification unless the channel is closed. See
    /// [`NotificationSink::notify`](super::sink::NotificationSink::notify).
    pub(crate) fn notify(&self, message: Vec<u8>) {
        // The lock is held while the message is sent, so that none is sent after `close`.
        let state = self.state();
        if !state.is_closed {
            self.0.sink.notify(message);
        }
    }

    /// Sends a progress notification unless the channel is closed. Of those that come too fast, or that
    /// the client does not read, the last one is held back.
    pub(crate) fn progress(&self, report: &Report<'_>) {
        let now = Instant::now();
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let progress = &mut state.rates.get_or_insert_default().progress;
        let is_sent = match progress.admit(report, now) {
            Admission::Send => self.0.sink.notify(report.to_notification()),
            Admission::Hold => false,
            Admission::Drop => return,
        };
        if !is_sent {
            progress.hold(report.to_notification(), now);
            drop(state);
            // The task that polls the handler sends it in time.
            self.0.handler.wake();
        }
    }

    /// Sends a log message unless the channel is closed or too many are sent.
    pub(crate) fn log(&self, level: LoggingLevel, threshold: LoggingLevel, message: Vec<u8>) {
        let now = Instant::now();
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let logs = &mut state.rates.get_or_insert_default().logs;
        let is_admitted = logs.admits(level, now);
        let message = if is_admitted { Some(message) } else { logs.notice(threshold) };
        if let Some(message) = message {
            self.0.sink.notify(message);
        }
    }

    /// Begins to send progress after each interval in which the handler sends none.
    pub(crate) fn beat(&self, token: &str, interval: Duration) {
        let now = Instant::now();
        self.state().rates.get_or_insert_default().progress.beat(token, interval, now);
    }

    /// Records that a question was sent to the client of the session.
    pub(crate) fn question_sent(&self) {
        self.state().question_time.get_or_insert_default().begin(Instant::now());
    }

    /// Records that the time of the handler is over.
    pub(crate) fn time_out(&self) {
        self.state().is_timed_out = true;
    }

    /// Returns `true` if the handler was ended because its time was over.
    pub(crate) fn is_timed_out(&self) -> bool {
        self.state().is_timed_out
    }

    /// Records that a question was answered or withdrawn.
    pub(crate) fn question_ended(&self) {
        if let Some(time) = &mut self.state().question_time {
            time.end(Instant::now());
        }
        // The time limit of the handler goes on.
        self.0.handler.wake();
    }

    /// The time that the client took for questions; `None` while one is open.
    pub(crate) fn question_time(&self) -> Option<Duration> {
        self.state().question_time.as_ref().map_or(Some(Duration::ZERO), |time| time.total())
    }

    /// The time at which the progress that is held back, or the next heartbeat, may be sent.
    pub(crate) fn progress_due(&self) -> Option<Instant> {
        let state = self.state();
        if state.is_closed { None } else { state.rates.as_ref()?.progress.due() }
    }

    /// Sends the progress that is held back, or a heartbeat, if it is due.
    pub(crate) fn send_due_progress(&self) {
        let now = Instant::now();
        let mut state = self.state();
        if state.is_closed {
            return;
        }
        let Some(rates) = state.rates.as_mut() else { return };
        if let Some(message) = rates.progress.take_due(now)
            && !self.0.sink.notify(message.clone())
        {
            rates.progress.hold(message, now);
        }
    }

    /// Sends a message that must not be dropped, unless the channel is closed. See
    /// [`NotificationSink::deliver`](super::sink::NotificationSink::deliver).
    pub(crate) fn deliver(&self, message: Vec<u8>) -> bool {
        let state = self.state();
        !state.is_closed && self.0.sink.deliver(message)
    }

    /// Closes the connection if the client can resume it. See
    /// [`NotificationSink::pause`](super::sink::NotificationSink::pause).
    pub(crate) fn pause(&self) {
        let state = self.state();
        if !state.is_closed {
            self.0.sink.pause();
        }
    }

    /// Closes the channel after the handler has returned. The progress that is held back precedes the
    /// answer.
    pub(crate) fn finish(&self) {
        let mut state = self.state();
        let was_closed = std::mem::replace(&mut state.is_closed, true);
        let held = state.rates.as_mut().and_then(|rates| rates.progress.take_last());
        if let Some(message) = held.filter(|_| !was_closed) {
            self.0.sink.deliver(message);
        }
    }

    /// Closes the channel: nothing more is sent.
    pub(crate) fn close(&self) {
        self.state().is_closed = true;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
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
