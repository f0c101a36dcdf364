//! The events of one stream, kept for a client that reconnects.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::context::budget::Budget;

/// Limit of the events that one stream keeps apart from its answer, in bytes.
pub(super) const MAX_KEPT: usize = 256 << 10;

/// Limit of the events that a server keeps for all sessions apart from answers that are being sent,
/// in bytes.
const MAX_KEPT_BY_SERVER: usize = 64 << 20;

/// Number of bytes that all streams of a server keep.
#[derive(Debug, Default)]
pub(super) struct Kept(AtomicUsize);

impl Kept {
    fn has_room(&self, size: usize) -> bool {
        self.0.load(Ordering::Relaxed).saturating_add(size) <= MAX_KEPT_BY_SERVER
    }
}

/// Events of a stream in the order of their numbers. The oldest may have been dropped.
#[derive(Debug)]
pub(super) struct EventLog {
    events: VecDeque<Vec<u8>>,
    /// Number of the first event that is kept.
    first: u64,
    /// Number of the first event that was not sent.
    unsent: u64,
    size: usize,
    unsent_size: usize,
    /// Limit of sent events that are kept, in bytes.
    sent_limit: usize,
    kept: Arc<Kept>,
    /// Budget of the session.
    budget: Arc<Budget>,
}

impl EventLog {
    pub(super) fn new(sent_limit: usize, kept: Arc<Kept>, budget: Arc<Budget>) -> Self {
        let events = VecDeque::new();
        Self { events, first: 0, unsent: 0, size: 0, unsent_size: 0, sent_limit, kept, budget }
    }

    /// Budget of the session.
    pub(super) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Number of the next event.
    pub(super) fn next(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.unsent < self.next()
    }

    /// Number of bytes that wait to be sent.
    pub(super) fn unsent_size(&self) -> usize {
        self.unsent_size
    }

    /// Number of bytes that are kept.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Makes room for an event by dropping sent ones. Returns `false` if there is none.
    pub(super) fn make_room(&mut self, size: usize) -> bool {
        if !self.kept.has_room(size) || self.size + size > MAX_KEPT {
            self.drop_sent();
        }
        self.kept.has_room(size)
            && self.budget.check().is_ok()
            && (self.unsent_size == 0 || self.unsent_size + size <= MAX_KEPT)
    }

    /// Makes room for an answer to a client that has disconnected. Returns `false` if there is none, or
    /// if the answer, which counts already, would keep the session from further requests.
    pub(super) fn make_room_for_answer(&mut self, size: usize) -> bool {
        let has_room = |log: &Self| log.kept.has_room(size) && log.budget.check_own().is_ok();
        if !has_room(self) {
            self.drop_sent();
        }
        has_room(self)
    }

    /// Adds an event, even if there is no room.
    pub(super) fn push(&mut self, event: Vec<u8>) {
        self.size += event.len();
        self.unsent_size += event.len();
        self.kept.0.fetch_add(event.len(), Ordering::Relaxed);
        self.budget.add(event.len());
        self.events.push_back(event);
    }

    /// Returns all unsent events, which count as sent from now on.
    pub(super) fn send(&mut self) -> Vec<u8> {
        let out = self.send_and_keep();
        self.drop_sent_beyond(self.sent_limit);
        out
    }

    /// Returns all unsent events, which count as sent from now on, and keeps them all.
    pub(super) fn send_and_keep(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.unsent_size);
        let sent = self.events.len() - (self.next() - self.unsent) as usize;
        self.events.iter().skip(sent).for_each(|event| out.extend_from_slice(event));
        self.unsent = self.next();
        self.unsent_size = 0;
        out
    }

    /// Marks all events behind one as unsent. Returns `true` if none of them was dropped, and `None`
    /// if the event never existed.
    pub(super) fn rewind(&mut self, after: u64) -> Option<bool> {
        if after >= self.next() {
            return None;
        }
        self.unsent = (after + 1).max(self.first);
        let sent = (self.unsent - self.first) as usize;
        self.unsent_size = self.events.iter().skip(sent).map(Vec::len).sum();
        Some(after + 1 >= self.first)
    }

    /// Drops all sent events.
    pub(super) fn drop_sent(&mut self) {
        self.drop_sent_beyond(0);
    }

    /// Drops the oldest sent events, until no more than `limit` bytes are kept.
    fn drop_sent_beyond(&mut self, limit: usize) {
        while self.size > limit
            && self.first < self.unsent
            && let Some(event) = self.events.pop_front()
        {
            self.first += 1;
            self.size -= event.len();
            self.kept.0.fetch_sub(event.len(), Ordering::Relaxed);
            self.budget.release(event.len());
        }
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        self.kept.0.fetch_sub(self.size, Ordering::Relaxed);
        self.budget.release(self.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log() -> EventLog {
        EventLog::new(MAX_KEPT, Arc::default(), Arc::default())
    }

    #[test]
    fn sent_events_can_be_sent_again() {
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
    fn sent_events_are_dropped_when_there_are_too_many() {
        let mut log = log();
        log.push(vec![b'0'; MAX_KEPT / 2]);
        log.push(vec![b'1'; MAX_KEPT / 2]);
        assert!(!log.make_room(1));
        assert_eq!(log.send().len(), MAX_KEPT);
        assert!(log.make_room(1));
        log.push(b"2".to_vec());
        assert_eq!(log.rewind(0), Some(false), "the second event is gone");
        assert_eq!(log.send(), b"2");
    }

    #[test]
    fn the_last_sent_events_are_kept() {
        let mut log = EventLog::new(2, Arc::default(), Arc::default());
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
        let mut logs: Vec<_> = (0..MAX_KEPT_BY_SERVER / MAX_KEPT)
            .map(|_| {
                let mut log = EventLog::new(MAX_KEPT, Arc::clone(&kept), Arc::default());
                assert!(log.make_room(MAX_KEPT));
                log.push(vec![b'0'; MAX_KEPT]);
                log
            })
            .collect();
        let mut another = EventLog::new(MAX_KEPT, Arc::clone(&kept), Arc::default());
        assert!(!another.make_room(1));
        logs[0].send();
        logs[0].drop_sent();
        assert!(another.make_room(1));
        drop((logs, another));
        assert_eq!(kept.0.load(Ordering::Relaxed), 0);
    }
}
