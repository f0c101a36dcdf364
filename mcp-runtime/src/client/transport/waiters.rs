//! Who waits for what on a connection that all requests share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_core::jsonrpc::{self, Frame, Message, ProtocolError, Raw, RequestId};
use mcp_core::method::Method;
use mcp_core::protocol::meta;
use tokio::sync::Notify;

use super::super::error::Error;
use super::super::inbound::{Answering, Inbound};
use super::{Boxed, Json, Note, Replies, Reply};
use crate::shorten::shorten_to;

/// How many notifications wait for whoever asked. More than that, and the oldest are lost, which
/// is told: a newer progress makes an older one superfluous.
const MOST_NOTES: usize = 64;

/// How many bytes they may be together, unless one alone is more.
const MOST_NOTE_BYTES: usize = 4 << 20;

/// The requests in flight on one connection.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    state: Mutex<State>,
    ended: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<i64, Arc<Waiter>>,
    end: Option<Error>,
    strays: Strays,
}

/// What came that belongs to nobody. It is told where somebody waited in vain.
#[derive(Debug, Default)]
struct Strays {
    no_messages: u64,
    first: String,
    answers: u64,
}

#[derive(Debug, Default)]
struct Waiter {
    slot: Mutex<Slot>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Slot {
    notes: VecDeque<Note>,
    /// How long the notes are together.
    bytes: usize,
    missed: bool,
    outcome: Option<Result<Result<Json, ProtocolError>, Error>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waiters {
    /// Waits for what belongs to a request that is about to be sent. `abandon` runs if the
    /// replies are dropped before the response.
    pub(crate) fn expect(
        self: &Arc<Self>,
        id: i64,
        abandon: impl FnOnce() + Send + 'static,
    ) -> Result<SharedReplies, Error> {
        let mut state = lock(&self.state);
        if let Some(end) = &state.end {
            return Err(end.clone());
        }
        let waiter = Arc::new(Waiter::default());
        state.waiting.insert(id, Arc::clone(&waiter));
        Ok(SharedReplies {
            id,
            waiter,
            waiters: Arc::clone(self),
            abandon: Some(Box::new(abandon)),
        })
    }

    /// Takes in what the server sent. `answer` sends what a question of the server is answered
    /// with.
    pub(crate) fn receive(
        &self,
        frame: &[u8],
        limits: jsonrpc::Limits,
        inbound: &Arc<Inbound>,
        answering: &Answering,
    ) {
        match jsonrpc::decode(frame, limits) {
            Ok(Frame::Single(message)) => self.message(message, inbound, answering),
            Ok(Frame::Batch(batch)) => {
                for element in batch.elements() {
                    self.receive_element(element, limits, inbound, answering);
                }
            }
            // A client never answers what it cannot read: two sides that do would never stop.
            Err(refusal) => self.stray(frame, &refusal.error.message),
        }
    }

    fn receive_element(
        &self,
        element: Raw<'_>,
        limits: jsonrpc::Limits,
        inbound: &Arc<Inbound>,
        answering: &Answering,
    ) {
        match jsonrpc::decode(element.as_str().as_bytes(), limits) {
            Ok(Frame::Single(message)) => self.message(message, inbound, answering),
            Ok(Frame::Batch(_)) => self.stray(element.as_str().as_bytes(), "a batch in a batch"),
            Err(refusal) => self.stray(element.as_str().as_bytes(), &refusal.error.message),
        }
    }

    fn message(&self, message: Message<'_>, inbound: &Arc<Inbound>, answering: &Answering) {
        match message {
            Message::Response(response) => {
                let outcome = outcome(response.outcome);
                match response.id.map(|id| id.to_owned()) {
                    Some(RequestId::Integer(id)) => self.settle(id, outcome),
                    Some(RequestId::Text(_)) => lock(&self.state).strays.answers += 1,
                    None => self.unaddressed(outcome),
                }
            }
            Message::Notification(note) => match self.owner(&note) {
                Some(waiter) => waiter.note(Note::new(&note)),
                None => inbound.notification(&Note::new(&note)),
            },
            Message::Request(request) => inbound.request(&request, answering),
        }
    }

    /// The request that a notification belongs to.
    fn owner(&self, note: &jsonrpc::Notification<'_>) -> Option<Arc<Waiter>> {
        let params = note.params?;
        let id = if note.method == Method::Progress.as_str() {
            params.member(meta::PROGRESS_TOKEN)?
        } else if note.method == Method::Cancelled.as_str() {
            params.member("requestId")?
        } else {
            params.member("_meta")?.member(meta::SUBSCRIPTION_ID)?
        };
        let id = id.as_str().parse().ok()?;
        lock(&self.state).waiting.get(&id).cloned()
    }

    fn settle(&self, id: i64, outcome: Result<Result<Json, ProtocolError>, Error>) {
        let mut state = lock(&self.state);
        match state.waiting.remove(&id) {
            Some(waiter) => {
                drop(state);
                waiter.settle(outcome);
            }
            // Late answers to cancelled requests are usual; they are told only to who waits in vain.
            None => state.strays.answers += 1,
        }
    }

    /// An error without an id: the server could not read a request. With one in flight, that is it.
    fn unaddressed(&self, outcome: Result<Result<Json, ProtocolError>, Error>) {
        let mut state = lock(&self.state);
        let mut ids = state.waiting.keys().copied();
        let only = ids.next().filter(|_| ids.next().is_none());
        match only.and_then(|id| state.waiting.remove(&id)) {
            Some(waiter) => {
                drop(state);
                waiter.settle(outcome);
            }
            None => state.strays.answers += 1,
        }
    }

    fn stray(&self, frame: &[u8], why: &str) {
        const SHOWN: usize = 200;
        let text = String::from_utf8_lossy(&frame[..frame.len().min(SHOWN)]);
        tracing::warn!(target: "mcp_runtime::client", "the server sent what is no message ({why}): {text}");
        let strays = &mut lock(&self.state).strays;
        if strays.no_messages == 0 {
            strays.first = text.into_owned();
        }
        strays.no_messages += 1;
    }

    /// What was seen that belongs to nobody, for who waited in vain.
    pub(crate) fn seen(&self) -> String {
        let strays = &lock(&self.state).strays;
        let mut seen = Vec::new();
        if strays.no_messages > 0 {
            let (count, first) = (strays.no_messages, &strays.first);
            seen.push(format!("it sent {count} lines that are no messages, the first: {first}"));
        }
        if strays.answers > 0 {
            seen.push(format!("it sent {} answers that nobody waits for", strays.answers));
        }
        seen.join("; ")
    }

    /// Fails everybody who waits now; the connection goes on.
    pub(crate) fn fail(&self, error: &Error) {
        let waiting = std::mem::take(&mut lock(&self.state).waiting);
        for waiter in waiting.into_values() {
            waiter.settle(Err(error.clone()));
        }
    }

    /// Fails everybody who waits, and everybody who comes.
    pub(crate) fn end(&self, error: Error) {
        lock(&self.state).end.get_or_insert(error.clone());
        self.fail(&error);
        self.ended.notify_waiters();
    }

    pub(crate) fn ending(&self) -> Option<Error> {
        lock(&self.state).end.clone()
    }

    pub(crate) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.ending().is_some() {
                return;
            }
            ended.await;
        }
    }
}

/// Reads the outcome of a response.
pub(crate) fn outcome(
    outcome: Result<Raw<'_>, Raw<'_>>,
) -> Result<Result<Json, ProtocolError>, Error> {
    match outcome {
        Ok(result) => Ok(Ok(Json::of(result))),
        Err(error) => error.parse().map(Err).map_err(|fault| {
            Error::protocol(format!(
                "expected an error with `code` and `message`, got {}: {fault}",
                excerpt(error.as_str())
            ))
        }),
    }
}

/// The beginning of a message that a server has sent.
pub(crate) fn excerpt(text: &str) -> String {
    shorten_to(text, 200)
}

impl Waiter {
    fn note(&self, note: Note) {
        let mut slot = lock(&self.slot);
        while slot.notes.len() == MOST_NOTES || slot.bytes + note.len() > MOST_NOTE_BYTES {
            // The one that begins a subscription is not made superfluous by what follows it.
            let begins = Method::SubscriptionsAcknowledged.as_str();
            let oldest =
                usize::from(slot.notes.front().is_some_and(|note| &*note.method == begins));
            let Some(lost) = slot.notes.remove(oldest) else { break };
            slot.bytes -= lost.len();
            slot.missed = true;
        }
        slot.bytes += note.len();
        slot.notes.push_back(note);
        drop(slot);
        self.changed.notify_one();
    }

    fn settle(&self, outcome: Result<Result<Json, ProtocolError>, Error>) {
        lock(&self.slot).outcome.get_or_insert(outcome);
        self.changed.notify_one();
    }
}

/// What comes back for one request of a shared connection.
pub(crate) struct SharedReplies {
    id: i64,
    waiter: Arc<Waiter>,
    waiters: Arc<Waiters>,
    abandon: Option<Box<dyn FnOnce() + Send>>,
}

impl SharedReplies {
    /// The next message that is there.
    fn take(&mut self) -> Option<Result<Reply, Error>> {
        let mut slot = lock(&self.waiter.slot);
        let begins = Method::SubscriptionsAcknowledged.as_str();
        let is_begun = slot.notes.front().is_none_or(|note| &*note.method != begins);
        if is_begun && std::mem::take(&mut slot.missed) {
            return Some(Ok(Reply::Missed));
        }
        if let Some(note) = slot.notes.pop_front() {
            slot.bytes -= note.len();
            return Some(Ok(Reply::Note(note)));
        }
        let outcome = slot.outcome.take()?;
        self.abandon = None;
        Some(outcome.map(Reply::Answer))
    }
}

impl Replies for SharedReplies {
    fn next(&mut self) -> Boxed<'_, Result<Reply, Error>> {
        Box::pin(async move {
            loop {
                if let Some(reply) = self.take() {
                    return reply;
                }
                self.waiter.changed.notified().await;
            }
        })
    }
}

impl Drop for SharedReplies {
    fn drop(&mut self) {
        let in_flight = lock(&self.waiters.state).waiting.remove(&self.id).is_some();
        if let Some(abandon) = self.abandon.take().filter(|_| in_flight) {
            abandon();
        }
    }
}
