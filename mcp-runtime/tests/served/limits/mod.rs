//! Limits of handlers and their results.

mod heartbeat;
mod masking;
mod result_size;
mod timeouts;
