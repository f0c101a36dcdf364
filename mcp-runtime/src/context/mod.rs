//! The request that a handler serves: who sent it, what it carries, and the way back to its sender.

pub(crate) mod cancellation;
pub(crate) mod exchange;
#[cfg(feature = "forward-events")]
pub(crate) mod forward;
pub(crate) mod handle;
pub(crate) mod inject;
pub(crate) mod injected;
pub(crate) mod outlet;
pub(crate) mod pace;
pub(crate) mod progress;
pub(crate) mod scope;
pub(crate) mod session;
pub(crate) mod state;
pub(crate) mod trace_context;
pub(crate) mod watch;
