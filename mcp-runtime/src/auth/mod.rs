//! Authorization: what servers and clients share.

#[cfg(feature = "auth-server")]
pub(crate) mod keys;
pub(crate) mod safe_client;
