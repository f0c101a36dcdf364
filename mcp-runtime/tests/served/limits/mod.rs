//! Limits of handlers and their results.

mod heartbeat;
mod masking;
#[cfg(feature = "limits")]
mod requests;
mod result_size;
mod timeouts;
