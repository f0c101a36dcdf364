//! For tests of servers: a client in memory with a scripted user and model, assertions that show what
//! differs, and handlers run in every way in which a client can run them.

mod asserts;
mod client;
mod replay;
mod script;

pub use asserts::{assert_failed, assert_json, assert_refused, assert_structured, assert_text};
pub use client::{ServerQuestion, TestClient, TestClientBuilder, eras};
pub use replay::{Replay, ReplayError, replay};
