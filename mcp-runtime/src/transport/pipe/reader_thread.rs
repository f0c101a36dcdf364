//! A thread that reads messages, and may be replaced while user code blocks it.

use std::sync::PoisonError;

use mcp_core::jsonrpc::RequestId;

use crate::server::in_flight::InFlight;
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Mutex, MutexGuard};

/// State of a thread that runs no user code.
const READS: u8 = 0;
/// State of a thread that runs user code.
const IN_USER_CODE: u8 = 1;
/// State of a thread that was replaced. It ends when the user code returns.
const REPLACED: u8 = 2;

/// A thread that reads messages.
pub(crate) struct ReaderThread {
    id: ThreadId,
    state: AtomicU8,
    /// Request whose first poll was running when the thread was replaced, with its ticket.
    first_poll: Mutex<Option<(RequestId, u64)>>,
}

impl ReaderThread {
    /// Creates the state of the thread that calls this.
    pub(crate) fn current() -> Self {
        let (state, first_poll) = (AtomicU8::new(READS), Mutex::default());
        Self { id: thread::current().id(), state, first_poll }
    }

    /// Marks that user code runs from here on.
    pub(crate) fn enter_user_code(&self) {
        // User code may have blocked the thread before.
        if !self.is_replaced() {
            self.state.store(IN_USER_CODE, Ordering::Release);
        }
    }

    /// Marks that user code has returned. Returns `false` if the thread was replaced.
    pub(crate) fn leave_user_code(&self) -> bool {
        let (before, after) = (IN_USER_CODE, READS);
        self.state.compare_exchange(before, after, Ordering::AcqRel, Ordering::Acquire)
            != Err(REPLACED)
    }

    /// `true` if user code has blocked the thread for so long that another one reads.
    pub(crate) fn is_replaced(&self) -> bool {
        self.state.load(Ordering::Relaxed) == REPLACED
    }

    /// Replaces the thread if it runs user code, which may be the first poll of a request.
    pub(crate) fn replace(&self, in_flight: &InFlight, request: Option<RequestId>) -> bool {
        // Locked before the thread can see that it was replaced.
        let mut first_poll = self.first_poll();
        let (before, after) = (IN_USER_CODE, REPLACED);
        let ordering = Ordering::AcqRel;
        if self.state.compare_exchange(before, after, ordering, Ordering::Relaxed).is_err() {
            return false;
        }
        *first_poll = request
            .and_then(|id| in_flight.enter_first_poll(&id, self.id).map(|ticket| (id, ticket)));
        true
    }

    /// Ends the first poll of a thread that was replaced. Returns the id of the request.
    pub(crate) fn end_first_poll(&self, in_flight: &InFlight) -> Option<RequestId> {
        let (id, ticket) = self.first_poll().take()?;
        in_flight.end_first_poll(&id, ticket);
        Some(id)
    }

    fn first_poll(&self) -> MutexGuard<'_, Option<(RequestId, u64)>> {
        self.first_poll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
