//! Sends answers of tasks, as long as the client has room for them.

use std::sync::Arc;
use std::time::Duration;

use mcp_core::revision::write_error;

use super::Destination;
use super::backlog::{Backlog, Sink};
use super::stall::{STALL_TICK, Stall};
use crate::clock::timeout;
use crate::context::budget::{Budget, Exceeded};
use crate::context::cancellation::Cancellation;
use crate::server::in_flight::Deliver;
use crate::server::running::Completed;

/// Time without progress after which an answer is given up that the client has no room for.
const ROOM_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends the answer of a handler in a task.
pub(super) struct AnswerSender<O: Sink> {
    pub(super) output: Arc<O>,
    pub(super) budget: Arc<Budget>,
    pub(super) closing: Cancellation,
    pub(super) to: Destination,
}

impl<O: Sink> AnswerSender<O> {
    /// Waits until the client has read so much that an answer does not exceed its memory limit. Until
    /// then the answer counts as a request in flight.
    ///
    /// # Errors
    /// [`Exceeded`] if too many answers wait, or the client reads nothing.
    async fn room(&self, length: usize) -> Result<(), Exceeded> {
        let limit = self.budget.limit();
        let has_room = |backlog: &Backlog| backlog.closed || backlog.unwritten() < limit;
        if has_room(&self.output.backlog()) {
            return Ok(());
        }
        let _held = self.budget.reserve(length)?;
        let mut stall = Stall::new(self.output.taken());
        loop {
            tokio::select! {
                reached = timeout(STALL_TICK, self.output.until(has_room)) => {
                    if reached.is_ok() {
                        return Ok(());
                    }
                }
                // What is ready at the end is written.
                () = self.closing.cancelled() => return Ok(()),
            }
            if stall.is_stalled_for(ROOM_TIMEOUT, self.output.taken()) {
                return Err(Exceeded::of_connection(limit));
            }
        }
    }
}

impl<O: Sink> Deliver for AnswerSender<O> {
    type Prepared = Vec<u8>;

    async fn prepare(&self, completed: Completed) -> Vec<u8> {
        // Rendered before the backlog is locked.
        let answer = completed.to_vec();
        let Err(exceeded) = self.room(answer.len()).await else { return answer };
        let mut error = Vec::new();
        write_error(&mut error, Some(completed.id()), &exceeded.error());
        error
    }

    fn deliver(self, answer: Vec<u8>) {
        let write = |out: &mut Vec<u8>| out.extend_from_slice(&answer);
        match self.to {
            Destination::Line => self.output.send(write),
            Destination::Array(gathering) => gathering.add(write),
        }
    }
}
