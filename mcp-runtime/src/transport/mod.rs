//! How bytes reach a server and leave it.

#[cfg(feature = "http")]
pub(crate) mod http;
mod pipe;
mod run;
pub(crate) mod stdio;
pub(crate) mod stream;
