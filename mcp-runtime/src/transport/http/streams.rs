//! The streams of one session, found by the ids of their events.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use http::HeaderMap;

use super::headers::LAST_EVENT_ID;
use super::log::{EventLog, Kept, MAX_KEPT};
use super::stream::{Stream, StreamConfig};
use crate::context::budget::Budget;

/// Limit of ended streams that a session keeps.
const MAX_ENDED: usize = 8;

/// Limit of sent events that the own stream of a session keeps, in bytes. A client that misses more is
/// notified of everything that may have changed, so little is lost.
const MAX_OWN_SENT: usize = 4 << 10;

/// Number of streams that one instance may make for a session in the store.
const NUMBERS: u64 = 1 << 24;

/// Id of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId {
    pub(super) stream: u64,
    pub(super) event: u64,
}

/// Last event that a client has received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    /// The client sends none.
    Absent,
    Event(EventId),
    /// The client sends something else than an id of ours.
    Malformed,
}

impl Last {
    /// Parses the header `Last-Event-ID`. A client without an id may send it empty.
    pub(super) fn read(headers: &HeaderMap) -> Self {
        match headers.get(&LAST_EVENT_ID).map(|value| value.as_bytes().trim_ascii()) {
            None | Some(b"") => Self::Absent,
            Some(text) => std::str::from_utf8(text)
                .ok()
                .and_then(EventId::parse)
                .map_or(Self::Malformed, Self::Event),
        }
    }
}

impl EventId {
    fn parse(text: &str) -> Option<Self> {
        let number = |digits: &str| {
            let digits = Some(digits).filter(|all| all.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse().ok())
        };
        let (stream, event) = text.split_once('-')?;
        Some(Self { stream: number(stream)?, event: number(event)? })
    }
}

/// The streams of one session.
pub(super) struct Streams {
    kept: Arc<Kept>,
    budget: Arc<Budget>,
    /// Number of the own stream, which carries changes. Streams of requests count from there. It is 0,
    /// or a random one where other instances make streams for the same session.
    first: u64,
    made: AtomicU64,
    own: OnceLock<Arc<Stream>>,
    /// Streams of requests, the oldest first.
    begun: Mutex<VecDeque<Arc<Stream>>>,
}

impl Streams {
    pub(super) fn new(kept: Arc<Kept>, budget: Arc<Budget>) -> Self {
        let own = OnceLock::new();
        Self { kept, budget, first: 0, made: AtomicU64::new(0), own, begun: Mutex::default() }
    }

    /// Gives the streams numbers that differ from those of other instances.
    pub(super) fn number_from(&mut self, random: u64) {
        self.first = random.max(1).wrapping_mul(NUMBERS);
        self.made = AtomicU64::new(self.first);
    }

    /// Returns `true` for an event of the own stream of the session, which another instance may have made.
    pub(super) fn is_of_own_stream(&self, id: EventId) -> bool {
        id.stream == self.first || (self.first != 0 && id.stream.is_multiple_of(NUMBERS))
    }

    /// Creates a stream for the events of another instance, which are not kept.
    pub(super) fn follower(&self, number: u64, config: StreamConfig) -> Arc<Stream> {
        Arc::new(Stream::new(number, config, self.log(0)))
    }

    fn log(&self, sent_limit: usize) -> EventLog {
        EventLog::new(sent_limit, Arc::clone(&self.kept), Arc::clone(&self.budget))
    }

    /// The own stream of the session, created if there is none.
    pub(super) fn own(&self, config: StreamConfig) -> &Arc<Stream> {
        let stream = || Stream::new(self.first, config, self.log(MAX_OWN_SENT));
        self.own.get_or_init(|| Arc::new(stream()))
    }

    /// The own stream of the session, if the client has ever listened.
    pub(super) fn listened(&self) -> Option<&Arc<Stream>> {
        self.own.get()
    }

    /// Creates a stream for the answer to a request. It cannot be found before it is kept.
    pub(super) fn make(&self, config: StreamConfig) -> Arc<Stream> {
        let number = self.made.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(Stream::new(number, config, self.log(MAX_KEPT)))
    }

    /// Keeps a stream that has begun, for a client that reconnects.
    pub(super) fn keep(&self, stream: Arc<Stream>) {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.push_back(stream);
        if begun.len() <= MAX_ENDED {
            return;
        }
        let ended = begun.iter().filter(|stream| stream.is_ended()).count();
        let mut too_many = ended.saturating_sub(MAX_ENDED);
        begun.retain(|stream| {
            let goes = too_many > 0 && stream.is_ended();
            too_many -= usize::from(goes);
            if goes {
                stream.remove_copy();
            }
            !goes
        });
    }

    /// Finds the stream of a request.
    pub(super) fn find(&self, number: u64) -> Option<Arc<Stream>> {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().find(|stream| stream.number() == number).cloned()
    }

    /// Ends the streams of requests with an error, because their server ends.
    pub(super) fn interrupt(&self) {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().for_each(|stream| stream.interrupt());
    }

    /// Removes what the store has of all streams.
    pub(super) fn remove_copies(&self) {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().for_each(|stream| stream.remove_copy());
    }

    /// Ends all streams.
    pub(super) fn end(&self) {
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.iter().chain(self.own.get()).for_each(|stream| stream.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_spelled_in_one_way() {
        let check = |text: &str, expected: Option<(u64, u64)>| {
            let expected = expected.map(|(stream, event)| EventId { stream, event });
            assert_eq!(EventId::parse(text), expected, "{text}");
        };
        check("3-17", Some((3, 17)));
        check("0-0", Some((0, 0)));
        for text in ["", "3", "3-", "-3", "+3-1", "3-1-2", "3-99999999999999999999", "a-b", "3- 1"]
        {
            check(text, None);
        }
    }
}
