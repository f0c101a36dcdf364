//! The events of a run that were not read yet.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::agent::event::Event;

/// The events of a run that were not read yet. Clones share them.
///
/// They are few: the run is polled only if there are none.
#[derive(Clone, Default)]
pub(super) struct Events(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    events: VecDeque<Event>,
    has_no_reader: bool,
}

impl Events {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: Event) {
        let mut queue = self.queue();
        if !queue.has_no_reader {
            queue.events.push_back(event);
        }
    }

    pub(super) fn pop(&self) -> Option<Event> {
        self.queue().events.pop_front()
    }

    /// Drops the events from now on.
    pub(super) fn discard(&self) {
        *self.queue() = Queue { events: VecDeque::new(), has_no_reader: true };
    }
}
