//! The events of one stream, kept for a client that comes back for them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes of events one stream keeps, apart from its answer.
pub(super) const LIMIT: usize = 256 << 10;

/// How many bytes of events a server keeps for all its sessions, apart from answers that are being
/// sent.
const LIMIT_OF_ALL: usize = 64 << 20;

/// What all streams of a server keep.
#[derive(Debug, Default)]
pub(super) struct Kept(AtomicUsize);

impl Kept {
    fn has_room(&self, size: usize) -> bool {
        self.0.load(Ordering::Relaxed).saturating_add(size) <= LIMIT_OF_ALL
    }
}

/// Events in the order of their numbers, the first of which may be forgotten.
#[derive(Debug)]
pub(super) struct Log {
    events: VecDeque<Vec<u8>>,
    /// The number of the first event that is kept.
    first: u64,
    /// The number of the first event that has not been sent.
    unsent: u64,
    size: usize,
    unsent_size: usize,
    /// How many bytes are kept of what was sent.
    sent_limit: usize,
    kept: Arc<Kept>,
}

impl Log {
    pub(super) fn new(sent_limit: usize, kept: Arc<Kept>) -> Self {
        let events = VecDeque::new();
        Self { events, first: 0, unsent: 0, size: 0, unsent_size: 0, sent_limit, kept }
    }

    /// The number that the next event gets.
    pub(super) fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.unsent < self.next()
    }

    /// How many bytes wait to be sent.
    pub(super) fn unsent_size(&self) -> usize {
        self.unsent_size
    }

    /// How many bytes are kept.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether an event can be kept, for which events may be forgotten that were sent.
    pub(super) fn make_room(&mut self, size: usize) -> bool {
        if !self.kept.has_room(size) || self.size + size > LIMIT {
            self.forget_sent();
        }
        self.kept.has_room(size) && (self.unsent_size == 0 || self.unsent_size + size <= LIMIT)
    }

    /// Whether an answer can be kept for a client that went away.
    pub(super) fn make_room_for_answer(&mut self, size: usize) -> bool {
        if !self.kept.has_room(size) {
            self.forget_sent();
        }
        self.kept.has_room(size)
    }

    /// Adds an event, whether or not there is room.
    pub(super) fn push(&mut self, event: Vec<u8>) {
        self.size += event.len();
        self.unsent_size += event.len();
        self.kept.0.fetch_add(event.len(), Ordering::Relaxed);
        self.events.push_back(event);
    }

    /// Everything that has not been sent; it counts as sent from now on.
    pub(super) fn send(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.unsent_size);
        let sent = self.events.len() - (self.next() - self.unsent) as usize;
        self.events.iter().skip(sent).for_each(|event| out.extend_from_slice(event));
        self.unsent = self.next();
        self.unsent_size = 0;
        self.forget_sent_beyond(self.sent_limit);
        out
    }

    /// Takes everything as unsent that follows an event, and says whether nothing of it is missing.
    /// `None` if there has never been such an event.
    pub(super) fn rewind(&mut self, after: u64) -> Option<bool> {
        if after >= self.next() {
            return None;
        }
        self.unsent = (after + 1).max(self.first);
        let sent = (self.unsent - self.first) as usize;
        self.unsent_size = self.events.iter().skip(sent).map(Vec::len).sum();
        Some(after + 1 >= self.first)
    }

    /// Forgets what was sent.
    pub(super) fn forget_sent(&mut self) {
        self.forget_sent_beyond(0);
    }

    /// Forgets the first of what was sent until no more is kept than so many bytes.
    fn forget_sent_beyond(&mut self, limit: usize) {
        while self.size > limit
            && self.first < self.unsent
            && let Some(event) = self.events.pop_front()
        {
            self.first += 1;
            self.size -= event.len();
            self.kept.0.fetch_sub(event.len(), Ordering::Relaxed);
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.kept.0.fetch_sub(self.size, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> Log {
        Log::new(LIMIT, Arc::default())
    }

    #[test]
    fn what_was_sent_can_be_sent_again() {
        let mut log = log();
        for event in ["0", "1", "2"] {
            log.push(event.into());
        }
        assert_eq!(log.send(), b"012");
        assert_eq!(log.send(), b"");
        assert_eq!(log.rewind(0), Some(true));
        assert_eq!(log.unsent_size(), 2);
        assert_eq!(log.send(), b"12");
        log.push("3".into());
        assert_eq!(log.rewind(3), Some(true));
        assert_eq!(log.send(), b"");
        assert_eq!(log.rewind(4), None);
    }

    #[test]
    fn what_was_sent_is_forgotten_when_there_is_too_much() {
        let mut log = log();
        log.push(vec![b'0'; LIMIT / 2]);
        log.push(vec![b'1'; LIMIT / 2]);
        assert!(!log.make_room(1));
        assert_eq!(log.send().len(), LIMIT);
        assert!(log.make_room(1));
        log.push(b"2".to_vec());
        assert_eq!(log.rewind(0), Some(false), "the second event is gone");
        assert_eq!(log.send(), b"2");
    }

    #[test]
    fn of_what_was_sent_the_last_is_kept() {
        let mut log = Log::new(2, Arc::default());
        for event in ["0", "1", "2"] {
            log.push(event.into());
        }
        assert_eq!(log.send(), b"012");
        assert_eq!(log.rewind(0), Some(true));
        assert_eq!(log.send(), b"12");
        log.push("3".into());
        assert_eq!(log.send(), b"3");
        assert_eq!(log.rewind(0), Some(false));
        assert_eq!(log.send(), b"23");
    }

    #[test]
    fn all_streams_together_are_bounded() {
        let kept = Arc::<Kept>::default();
        let mut logs: Vec<_> = (0..LIMIT_OF_ALL / LIMIT)
            .map(|_| {
                let mut log = Log::new(LIMIT, Arc::clone(&kept));
                assert!(log.make_room(LIMIT));
                log.push(vec![b'0'; LIMIT]);
                log
            })
            .collect();
        let mut another = Log::new(LIMIT, Arc::clone(&kept));
        assert!(!another.make_room(1));
        logs[0].send();
        logs[0].forget_sent();
        assert!(another.make_room(1));
        drop((logs, another));
        assert_eq!(kept.0.load(Ordering::Relaxed), 0);
    }
}
