//! Authorization: what servers and clients share.
//!
//! Specification: [Authorization](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization).

pub(crate) mod challenge;
#[cfg(feature = "auth-server")]
pub(crate) mod keys;
pub(crate) mod metadata;
pub(crate) mod safe_client;
