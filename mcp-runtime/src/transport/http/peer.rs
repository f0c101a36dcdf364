//! The client at the other end of a connection, as far as the response that is being sent is concerned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use mcp_core::jsonrpc::LastMeta;

/// The client at the other end of a connection. The default is one whose connection is owned by another
/// server, in whose router the service is mounted: it is there as long as its request is not dropped.
///
/// The task of the connection and the response share it. All of it runs in that task, so nothing here
/// orders memory.
#[derive(Clone, Default)]
pub(super) struct Peer(Option<Arc<State>>);

#[derive(Default)]
struct State {
    phase: AtomicU8,
    outlives: AtomicBool,
    has_ended: AtomicBool,
    /// The `_meta` of the last request.
    last_meta: LastMeta,
}

/// Phases of a connection.
const RECEIVING: u8 = 0;
const ANSWERING: u8 = 1;
const ANSWERED: u8 = 2;

impl Peer {
    /// Creates the client of a connection that is watched.
    pub(super) fn watched() -> Self {
        Self(Some(Arc::default()))
    }

    fn set_phase(&self, phase: u8) {
        if let Some(state) = &self.0 {
            state.phase.store(phase, Ordering::Relaxed);
        }
    }

    fn is_in(&self, phase: u8) -> bool {
        self.0.as_ref().is_some_and(|state| state.phase.load(Ordering::Relaxed) == phase)
    }

    /// Records that the head of a request has arrived.
    pub(super) fn begin(&self) {
        self.set_phase(RECEIVING);
        if let Some(state) = &self.0 {
            state.outlives.store(false, Ordering::Relaxed);
        }
    }

    /// Records that nothing more of the request is read.
    pub(super) fn received(&self) {
        if self.is_in(RECEIVING) {
            self.set_phase(ANSWERING);
        }
    }

    /// Records that the response is complete, though some of it may wait to be sent.
    pub(super) fn answered(&self) {
        self.set_phase(ANSWERED);
    }

    /// `true` while a request is read.
    pub(super) fn is_receiving(&self) -> bool {
        self.is_in(RECEIVING)
    }

    /// `true` once the response is complete.
    pub(super) fn is_answered(&self) -> bool {
        self.is_in(ANSWERED)
    }

    /// The `_meta` of the last request of the connection.
    pub(super) fn last_meta(&self) -> Option<&LastMeta> {
        self.0.as_ref().map(|state| &state.last_meta)
    }

    /// Records that the request goes on even if its client disconnects.
    pub(super) fn outlive(&self) {
        if let Some(state) = &self.0 {
            state.outlives.store(true, Ordering::Relaxed);
        }
    }

    /// `true` if the request goes on even if its client disconnects.
    pub(super) fn outlives(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.outlives.load(Ordering::Relaxed))
    }

    /// Records that the client sends nothing more. Returns `true` the first time.
    pub(super) fn end(&self) -> bool {
        self.0.as_ref().is_some_and(|state| !state.has_ended.swap(true, Ordering::Relaxed))
    }

    /// `true` if the client sends nothing more. It has closed the connection or its sending side;
    /// there is no way to know which.
    pub(super) fn has_ended(&self) -> bool {
        self.0.as_ref().is_some_and(|state| state.has_ended.load(Ordering::Relaxed))
    }
}
