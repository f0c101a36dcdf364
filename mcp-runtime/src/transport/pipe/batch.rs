//! Answers to an array of messages, which revision 2025-03-26 wants in one array.

use std::sync::{Arc, Mutex, PoisonError};

use super::Sink;

/// The most messages an array may hold.
pub(super) const MAX_ENTRIES: usize = 100;

/// Gathers the answers to one array and sends them when the last one is there.
pub(super) struct Gathering<O: Sink> {
    output: Arc<O>,
    answers: Mutex<Vec<u8>>,
}

impl<O: Sink> Gathering<O> {
    pub(super) fn new(output: Arc<O>) -> Arc<Self> {
        Arc::new(Self { output, answers: Mutex::new(Vec::new()) })
    }

    /// Adds an answer.
    pub(super) fn add(&self, answer: &[u8]) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if answers.is_empty() { b'[' } else { b',' };
        answers.push(before);
        answers.extend_from_slice(answer);
    }
}

/// Every request of the array holds its gathering until it is answered or cancelled, so the last
/// one to let go sends.
impl<O: Sink> Drop for Gathering<O> {
    fn drop(&mut self) {
        let answers = self.answers.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !answers.is_empty() {
            answers.push(b']');
            self.output.send(|backlog| backlog.extend_from_slice(answers));
        }
    }
}
