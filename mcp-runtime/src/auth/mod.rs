//! Authorization: what servers and clients share.
//!
//! Specification: [Authorization](https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization).

#[cfg(feature = "auth-client")]
pub(crate) mod challenge;
pub(crate) mod document;
#[cfg(feature = "auth-server")]
pub(crate) mod keys;
#[cfg(feature = "auth-client")]
pub(crate) mod metadata;
pub(crate) mod safe_client;
pub(crate) mod well_known;
