//! How bytes reach a server and leave it.

#[cfg(feature = "http")]
pub(crate) mod http;
pub(crate) mod stdio;
