//! What is said in answer to one request of a session, or on the stream that a session listens to.
//!
//! A stream outlives its connections: its events have ids, and a client that names the last one it
//! got receives the rest.
//!
//! Specification: [Resumability](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

use super::answer::Answer;
use super::headers::Accepts;
use super::log::{Kept, LIMIT, Log};
use super::queue::{append_event, keep};
use crate::context::sink::NotificationSink;

/// How a stream speaks to its client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// Whether it begins with an event that has nothing but an id.
    pub(super) primed: bool,
    /// After which time a client comes back.
    pub(super) retry: Duration,
    pub(super) accepts: Accepts,
}

/// One stream of a session.
pub(super) struct Stream {
    /// Tells it from the others of its session.
    number: u64,
    manner: Manner,
    state: Mutex<State>,
}

struct State {
    log: Log,
    /// The answer, until it is decided how it is sent.
    answer: Option<Answer>,
    /// Whether the client has to do with a stream, rather than with an answer in JSON.
    begun: bool,
    /// Whether nothing more will be said.
    ended: bool,
    /// Whether the client is to come back later.
    paused: bool,
    /// Counts those who read; only the last one does.
    readers: u64,
    is_read: bool,
    /// Since when nobody reads, if somebody did before.
    unread_since: Option<Instant>,
    /// Who sends.
    sender: Option<Waker>,
    /// Who waits for room.
    waiting: Option<Waker>,
}

impl State {
    fn wake_sender(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.wake();
        }
    }

    fn seat(&mut self, is_gapless: bool) -> Seat {
        self.readers += 1;
        self.is_read = true;
        self.unread_since = None;
        Seat { reader: self.readers, is_gapless }
    }

    fn wake_waiting(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }
}

/// What becomes of the response to a request.
pub(super) enum Start {
    Json(Answer),
    Stream,
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Events, and whether the connection ends with them.
    Events(Vec<u8>, bool),
    End,
}

/// Whoever reads a stream, until somebody else does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    reader: u64,
    /// Whether nothing is missing between the last event the client has and the next it gets.
    pub(super) is_gapless: bool,
}

impl Stream {
    /// A stream on which nothing has been said yet. `sent_limit` is how many bytes are kept of what
    /// was sent, for a client that has not got it.
    pub(super) fn new(number: u64, manner: Manner, sent_limit: usize, kept: Arc<Kept>) -> Self {
        let state = State {
            log: Log::new(sent_limit, kept),
            answer: None,
            begun: false,
            ended: false,
            paused: false,
            readers: 0,
            is_read: false,
            unread_since: None,
            sender: None,
            waiting: None,
        };
        Self { number, manner, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether its client reads events.
    pub(super) fn has_events(&self) -> bool {
        self.manner.accepts.events
    }

    pub(super) fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// Says an event.
    fn push(&self, log: &mut Log, message: &[u8]) {
        let mut event = Vec::with_capacity(message.len() + 64);
        self.append_id(&mut event, log);
        append_event(&mut event, message);
        log.push(event);
    }

    fn append_id(&self, event: &mut Vec<u8>, log: &Log) {
        event.extend_from_slice(format!("id: {}-{}\n", self.number, log.next()).as_bytes());
        if log.next() == 0 {
            let retry = self.manner.retry.as_millis();
            event.extend_from_slice(format!("retry: {retry}\n").as_bytes());
        }
    }

    /// Gives the client an id to come back with although nothing has been said. That is done only
    /// when its stream is about to be closed, because some clients take an event without data for a
    /// message.
    fn prime(&self, log: &mut Log) {
        if self.manner.primed && log.next() == 0 {
            let mut event = Vec::with_capacity(64);
            self.append_id(&mut event, log);
            event.extend_from_slice(b"data: \n\n");
            log.push(event);
        }
    }

    /// Gives the answer, after which nothing more is said.
    pub(super) fn finish(&self, answer: Answer) {
        let mut state = self.state();
        if state.begun && state.ended {
            return;
        }
        if !state.begun {
            state.answer = Some(answer);
        } else if state.is_read || state.log.make_room_for_answer(answer.json.len()) {
            self.push(&mut state.log, &answer.json);
        } else {
            tracing::warn!("too much is kept for clients that went away; an answer is dropped");
        }
        state.ended = true;
        state.wake_sender();
    }

    /// Ends it without an answer.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.wake_sender();
        state.wake_waiting();
    }

    /// Waits until it is known how the response begins.
    pub(super) fn poll_start(&self, cx: &Context<'_>) -> Poll<Start> {
        let mut state = self.state();
        let Manner { accepts, .. } = self.manner;
        if let Some(answer) = state.answer.take() {
            let json = accepts.json && state.log.is_empty();
            if json || answer.status != StatusCode::OK {
                return Poll::Ready(Start::Json(answer));
            }
            self.push(&mut state.log, &answer.json);
        } else if !state.ended {
            if state.log.is_empty() && !state.paused {
                keep(&mut state.sender, cx);
                return Poll::Pending;
            }
            self.prime(&mut state.log);
        }
        state.begun = true;
        Poll::Ready(Start::Stream)
    }

    /// Begins without waiting for something to be said.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.begun = true;
        if let Some(answer) = state.answer.take() {
            self.push(&mut state.log, &answer.json);
        }
    }

    /// Reads from the first event that was not sent, or from behind one that was. Who read before
    /// does so no longer. `None` if there has never been such an event.
    pub(super) fn take_seat(&self, after: Option<u64>) -> Option<Seat> {
        let mut state = self.state();
        let is_gapless = match after {
            Some(after) => state.log.rewind(after)?,
            None => true,
        };
        state.paused = false;
        state.wake_sender();
        Some(state.seat(is_gapless))
    }

    /// Reads what is said from the beginning, and up to where the client was told to come back.
    pub(super) fn first_seat(&self) -> Seat {
        self.state().seat(true)
    }

    /// The next events for a reader.
    pub(super) fn poll_next(&self, seat: Seat, cx: &Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if seat.reader != state.readers {
            return Poll::Ready(Next::End);
        }
        let is_last = state.ended || state.paused;
        if state.log.has_unsent() {
            let events = state.log.send();
            state.wake_waiting();
            return Poll::Ready(Next::Events(events, is_last));
        }
        if is_last {
            return Poll::Ready(Next::End);
        }
        keep(&mut state.sender, cx);
        Poll::Pending
    }

    /// Reads no longer.
    pub(super) fn leave(&self, seat: Seat) {
        let mut state = self.state();
        if seat.reader == state.readers {
            state.is_read = false;
            // Who was told to come back later is not away before that.
            let away = if state.paused { self.manner.retry } else { Duration::ZERO };
            state.unread_since = Instant::now().checked_add(away);
        }
    }

    /// Forgets what was sent if that is too much to be kept for a client that has probably got it.
    pub(super) fn shrink(&self) {
        let mut state = self.state();
        if state.log.size() > KEPT_AT_END {
            state.log.forget_sent();
        }
    }

    /// Says nothing of what is said from now on: the client cannot come back for it.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        if !state.begun {
            state.ended = true;
            state.log.send();
            state.log.forget_sent();
        }
    }
}

/// How many bytes of a stream are kept once it has been sent to its end.
const KEPT_AT_END: usize = 64 << 10;

impl NotificationSink for Stream {
    fn notify(&self, message: Vec<u8>) {
        let mut state = self.state();
        if state.ended || !self.manner.accepts.events {
            return;
        }
        if !state.log.make_room(message.len()) {
            tracing::debug!("the client reads too slowly; a notification is dropped");
            return;
        }
        self.push(&mut state.log, &message);
        state.wake_sender();
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        let mut state = self.state();
        if state.ended || !self.manner.accepts.events {
            return false;
        }
        // Who reads it, or is about to, gets it soon. For others it takes room, like an answer.
        let is_kept =
            state.is_read || !state.begun || state.log.make_room_for_answer(message.len());
        if !is_kept {
            return false;
        }
        self.push(&mut state.log, &message);
        state.wake_sender();
        true
    }

    fn unread_since(&self) -> Option<Instant> {
        self.state().unread_since
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.ended || state.log.unsent_size() <= LIMIT / 2 {
            return Poll::Ready(());
        }
        keep(&mut state.waiting, cx);
        Poll::Pending
    }

    fn pause(&self) {
        let mut state = self.state();
        let can_come_back = self.manner.primed || state.log.next() > 0;
        if can_come_back && self.manner.accepts.events && !state.ended {
            state.paused = true;
            state.wake_sender();
        }
    }
}
