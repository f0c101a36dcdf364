//! Streams of events of a session: one for each request, and the own stream of the session.
//!
//! A stream outlives its connections: its events have ids, and a client that reconnects with the last
//! one receives the rest.
//!
//! Specification: [Resumability](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use tokio::time::Instant;

use super::answer::Answer;
use super::headers::Accepts;
use super::log::{EventLog, MAX_KEPT};
use super::queue::append_event;
use super::stored::StreamCopy;
use super::wakers::Wakers;
use crate::context::sink::NotificationSink;

/// Configuration of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamConfig {
    /// `true` if an event may have an id and no message.
    pub(super) primed: bool,
    /// Time after which a client reconnects.
    pub(super) retry_interval: Duration,
    pub(super) accepts: Accepts,
}

/// A stream of a session.
pub(super) struct Stream {
    /// Number within the session.
    number: u64,
    config: StreamConfig,
    state: Mutex<State>,
}

struct State {
    log: EventLog,
    /// The answer, until the response has begun.
    answer: Option<Answer>,
    /// `true` once the response has begun as a stream of events, rather than as JSON.
    begun: bool,
    /// `true` once no more events are added.
    ended: bool,
    /// `true` while the connection is closed, for the client to reconnect later.
    paused: bool,
    /// Number of readers so far. Only the last one receives events.
    readers: u64,
    is_read: bool,
    /// Time at which the last reader left, if there is none now.
    unread_since: Option<Instant>,
    wakers: Wakers,
    /// The events in the store, if the session is stored.
    copy: Option<Box<StreamCopy>>,
}

impl State {
    /// Ends the copy in the store: no more events follow.
    fn end_copy(&mut self) {
        if let Some(copy) = &mut self.copy {
            copy.end();
        }
    }

    /// Removes the copy in the store, because no client comes back for it.
    fn remove_copy(&mut self) {
        if let Some(mut copy) = self.copy.take() {
            copy.remove();
        }
    }

    fn add_reader(&mut self, is_gapless: bool) -> ReaderToken {
        self.readers += 1;
        self.is_read = true;
        self.unread_since = None;
        ReaderToken { reader: self.readers, is_gapless }
    }
}

/// Form of the response to a request.
pub(super) enum Start {
    Json(Answer),
    Stream,
}

/// Item for a reader.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Events {
        events: Bytes,
        /// `true` if the connection ends with them.
        is_last: bool,
    },
    End,
}

/// Token of a reader, which is valid until the stream has another reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReaderToken {
    reader: u64,
    /// `true` if no event is missing between the last one of the client and the next.
    pub(super) is_gapless: bool,
}

impl Stream {
    /// Creates a stream without events.
    pub(super) fn new(number: u64, config: StreamConfig, log: EventLog) -> Self {
        let state = State {
            log,
            answer: None,
            begun: false,
            ended: false,
            paused: false,
            readers: 0,
            is_read: false,
            unread_since: None,
            wakers: Wakers::default(),
            copy: None,
        };
        Self { number, config, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// `true` if its client accepts events.
    pub(super) fn accepts_events(&self) -> bool {
        self.config.accepts.events
    }

    pub(super) fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// Copies the events into the store, from the first one on.
    pub(super) fn copy_to(&self, copy: StreamCopy) {
        self.state().copy = Some(Box::new(copy));
    }

    /// Removes what the store has of the stream.
    pub(super) fn remove_copy(&self) {
        self.state().remove_copy();
    }

    /// Adds an event.
    fn push(&self, state: &mut State, message: &[u8]) {
        self.push_if(state, message, true);
    }

    /// Adds an event to the store, and, if it is to be kept here, to the log.
    fn push_if(&self, state: &mut State, message: &[u8], is_kept: bool) {
        if !is_kept && state.copy.is_none() {
            return;
        }
        let event = self.event(&state.log, message);
        if let Some(copy) = &mut state.copy {
            copy.message(state.log.next(), &event);
        }
        if is_kept {
            state.log.push(event);
        }
    }

    fn event(&self, log: &EventLog, message: &[u8]) -> Vec<u8> {
        let mut event = Vec::with_capacity(message.len() + 64);
        self.append_id(&mut event, log);
        append_event(&mut event, message);
        event
    }

    /// Adds an event that another instance has made.
    pub(super) fn forward(&self, event: Vec<u8>) {
        let mut state = self.state();
        state.log.push(event);
        state.wakers.wake_reader();
    }

    fn append_id(&self, event: &mut Vec<u8>, log: &EventLog) {
        event.extend_from_slice(format!("id: {}-{}\n", self.number, log.next()).as_bytes());
        if log.next() == 0 {
            let retry = self.config.retry_interval.as_millis();
            event.extend_from_slice(format!("retry: {retry}\n").as_bytes());
        }
    }

    /// Adds an event without a message to a stream without events, so that the client has an id to
    /// reconnect with. This happens only before the connection is closed, because some clients take
    /// an event without data for a message.
    fn prime(&self, state: &mut State) {
        let State { log, copy, .. } = state;
        if self.config.primed && log.next() == 0 {
            let mut event = Vec::with_capacity(64);
            self.append_id(&mut event, log);
            event.extend_from_slice(b"data: \n\n");
            if let Some(copy) = copy {
                copy.notification(0, &event);
            }
            log.push(event);
        }
    }

    /// Ends the stream with the answer.
    pub(super) fn finish(&self, answer: Answer) {
        let mut state = self.state();
        if state.begun && state.ended {
            return;
        }
        if !state.begun {
            state.answer = Some(answer);
        } else {
            let is_kept = state.is_read || state.log.make_room_for_answer(answer.json.len());
            if !is_kept {
                tracing::warn!(
                    "too much is kept for clients that disconnected; an answer is dropped"
                );
            }
            self.push_if(&mut state, &answer.json, is_kept);
            state.end_copy();
        }
        state.ended = true;
        state.wakers.wake_reader();
    }

    /// Ends the stream with an error, because the server ends while the request runs.
    pub(super) fn interrupt(&self) {
        let state = self.state();
        if state.ended {
            return;
        }
        let answer = state.copy.as_ref().map(|copy| Answer::interrupted(copy.request()));
        drop(state);
        match answer {
            Some(answer) => self.finish(answer),
            None => self.end(),
        }
    }

    /// Records that the client reads the stream from another instance.
    pub(super) fn is_read_elsewhere(&self) {
        let mut state = self.state();
        if !state.is_read {
            state.unread_since = Some(Instant::now());
        }
    }

    /// Ends the stream without an answer.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        if state.begun {
            state.end_copy();
        }
        state.wakers.wake_reader();
        state.wakers.wake_writer();
    }

    /// Waits for the form of the response.
    pub(super) fn poll_start(&self, cx: &Context<'_>) -> Poll<Start> {
        let mut state = self.state();
        let StreamConfig { accepts, .. } = self.config;
        if let Some(answer) = state.answer.take() {
            let json = accepts.json && state.log.is_empty();
            if json || answer.status != StatusCode::OK {
                state.remove_copy();
                return Poll::Ready(Start::Json(answer));
            }
            self.push(&mut state, &answer.json);
        } else if !state.ended {
            if state.log.is_empty() && !state.paused {
                state.wakers.wait_for_events(cx);
                return Poll::Pending;
            }
            self.prime(&mut state);
        }
        state.begun = true;
        if state.ended {
            state.end_copy();
        }
        Poll::Ready(Start::Stream)
    }

    /// Begins the response without waiting for an event.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.begun = true;
        if let Some(answer) = state.answer.take() {
            self.push(&mut state, &answer.json);
        }
    }

    /// Makes the caller the reader, from the first unsent event or from behind an event. The token of
    /// the previous reader becomes invalid. `None` if the event never existed.
    pub(super) fn resume(&self, after: Option<u64>) -> Option<ReaderToken> {
        let mut state = self.state();
        let is_gapless = match after {
            Some(after) => state.log.rewind(after)?,
            None => true,
        };
        state.paused = false;
        state.wakers.wake_reader();
        Some(state.add_reader(is_gapless))
    }

    /// Makes the caller the first reader, from the beginning up to a pause.
    pub(super) fn first_reader(&self) -> ReaderToken {
        self.state().add_reader(true)
    }

    /// Waits for the next events for a reader.
    pub(super) fn poll_next(&self, token: ReaderToken, cx: &Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if token.reader != state.readers {
            return Poll::Ready(Next::End);
        }
        let is_last = state.ended || state.paused;
        if state.log.has_unsent() {
            // A client that has closed its side may receive nothing of it.
            let events = if state.is_read { state.log.send() } else { state.log.send_and_keep() };
            let events = state.log.budget().held(events);
            state.wakers.wake_writer();
            return Poll::Ready(Next::Events { events, is_last });
        }
        if is_last {
            return Poll::Ready(Next::End);
        }
        state.wakers.wait_for_events(cx);
        Poll::Pending
    }

    /// Records that the client of a reader has closed its side. It may be gone, so the events that it is
    /// sent from now on are kept.
    pub(super) fn forsake(&self, token: ReaderToken) {
        let mut state = self.state();
        if token.reader == state.readers {
            state.is_read = false;
            state.unread_since = Some(Instant::now());
        }
    }

    /// Removes a reader.
    pub(super) fn leave(&self, token: ReaderToken) {
        let mut state = self.state();
        if token.reader == state.readers && state.is_read {
            state.is_read = false;
            // A client that is to reconnect later is not missing before that.
            let away = if state.paused { self.config.retry_interval } else { Duration::ZERO };
            state.unread_since = Instant::now().checked_add(away);
        }
    }

    /// Drops the sent events if they are many, because the client has probably received them.
    pub(super) fn shrink(&self) {
        let mut state = self.state();
        if state.is_read && state.log.size() > MAX_KEPT_AT_END {
            state.log.drop_sent();
        }
    }

    /// Drops all events from now on, because the client cannot reconnect.
    pub(super) fn abandon(&self) {
        let mut state = self.state();
        if !state.begun {
            state.ended = true;
            state.unread_since = Some(Instant::now());
            state.log.send();
            state.log.drop_sent();
            state.remove_copy();
        }
    }
}

/// Limit of the events that a stream keeps once all are sent, in bytes.
const MAX_KEPT_AT_END: usize = 64 << 10;

impl NotificationSink for Stream {
    fn notify(&self, message: Vec<u8>) -> bool {
        let mut state = self.state();
        if state.ended || !self.config.accepts.events {
            return true;
        }
        if !state.log.make_room(message.len()) {
            tracing::debug!("the client reads too slowly; a notification is dropped");
            return false;
        }
        let event = self.event(&state.log, &message);
        let number = state.log.next();
        if let Some(copy) = &mut state.copy {
            copy.notification(number, &event);
        }
        state.log.push(event);
        state.wakers.wake_reader();
        true
    }

    fn deliver(&self, message: Vec<u8>) -> bool {
        let mut state = self.state();
        if state.ended || !self.config.accepts.events {
            return false;
        }
        // A present reader gets it soon. Otherwise it takes room, like an answer.
        let is_kept =
            state.is_read || !state.begun || state.log.make_room_for_answer(message.len());
        if !is_kept {
            return false;
        }
        self.push(&mut state, &message);
        state.wakers.wake_reader();
        true
    }

    fn unread_since(&self) -> Option<Instant> {
        self.state().unread_since
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.ended || state.log.unsent_size() <= MAX_KEPT / 2 {
            return Poll::Ready(());
        }
        state.wakers.wait_for_room(cx);
        Poll::Pending
    }

    fn pause(&self) {
        let mut state = self.state();
        let can_reconnect = self.config.primed || state.log.next() > 0;
        if can_reconnect && self.config.accepts.events && !state.ended {
            state.paused = true;
            state.wakers.wake_reader();
        }
    }
}
