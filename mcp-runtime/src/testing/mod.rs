//! For tests of servers: a client in memory with a scripted user and model, assertions that show what
//! differs, and handlers run in every way in which a client can run them.
//!
//! [`TestClient`] needs the feature `client` beside `testing`.

mod asserts;
#[cfg(feature = "client")]
mod client;
mod replay;
mod script;

#[cfg(feature = "client")]
pub use asserts::assert_refused;
pub use asserts::{assert_failed, assert_json, assert_structured, assert_text};
#[cfg(feature = "client")]
pub use client::{ServerQuestion, TestClient, TestClientBuilder, eras};
pub use replay::{Replay, ReplayError, replay};
