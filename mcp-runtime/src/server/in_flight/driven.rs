//! Requests that their transport drives itself, and that a cancellation can end as it ends a task.

use std::sync::Arc;

use mcp_core::jsonrpc::RequestId;

use super::{Alive, Entry, InFlight};
use crate::context::cancellation::Cancellation;
use crate::server::running::{Completed, Running};
use crate::sync::atomic::Ordering;

impl InFlight {
    /// Enters a request, and returns the future that drives it. Its output is `None` if the request is
    /// cancelled before it is answered.
    ///
    /// Returns `None` if a request with the same id is in flight, or after [`cancel_all`](Self::cancel_all).
    ///
    /// # Cancel safety
    /// Dropping the future cancels the request.
    pub(crate) fn drive(
        self: &Arc<Self>,
        running: Running,
    ) -> Option<impl Future<Output = Option<Completed>> + Send + use<>> {
        let held = self.budget.hold_request(running.length());
        let cancelled = Cancellation::default();
        let mut place = self.enter(&running, &cancelled)?;
        Some(async move {
            let _held = held;
            tokio::select! {
                biased;
                () = cancelled.cancelled() => None,
                completed = running => place.leave().then_some(completed),
            }
        })
    }

    /// Enters a request that the caller drives.
    fn enter(self: &Arc<Self>, running: &Running, cancelled: &Cancellation) -> Option<Place> {
        let id = running.id().clone();
        let mut entries = self.entries();
        if entries.closed || entries.by_id.contains_key(&id) {
            return None;
        }
        let ticket = entries.next_ticket();
        let (cancelled, channel) = (cancelled.clone(), running.channel().clone());
        entries.by_id.insert(id.clone(), Entry::Driven { ticket, cancelled, channel });
        entries.owed += 1;
        self.alive.fetch_add(1, Ordering::AcqRel);
        Some(Place { alive: Alive(Arc::clone(self)), id, ticket })
    }
}

/// Place of a driven request. Dropping it gives up the request.
struct Place {
    alive: Alive,
    id: RequestId,
    ticket: u64,
}

impl Place {
    /// Leaves the place. Returns `false` if the request was cancelled before.
    fn leave(&mut self) -> bool {
        let is_owed = self.alive.0.forget(&self.id, self.ticket);
        if is_owed {
            self.alive.0.settle(1);
        }
        is_owed
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}
