//! How bytes reach a server and leave it.

#[cfg(feature = "http")]
pub mod http;
pub mod stdio;
