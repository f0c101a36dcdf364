//! Completion of arguments.
//!
//! Specification: [Completion](https://modelcontextprotocol.io/specification/2026-07-28/server/utilities/completion).

pub(crate) mod candidates;
pub(crate) mod complete;
pub(crate) mod completer;
#[cfg(feature = "client")]
pub(crate) mod upstream_completer;

pub(crate) use candidates::Candidates;
pub(crate) use complete::{complete, is_available};
pub(crate) use completer::Completing;
