//! Utilities for tests of servers: a client in memory with a scripted user and model, assertions, and
//! the replay of a handler over all channels of questions.

mod asserts;
#[cfg(feature = "auth-client")]
mod auth_server;
mod client;
mod replay;
mod script;
#[cfg(test)]
mod store_faults;

pub use asserts::{assert_failed, assert_json, assert_refused, assert_structured, assert_text};
#[cfg(feature = "auth-client")]
pub use auth_server::{AuthRequest, AuthServer, IssuedToken};
pub use client::{ServerQuestion, TestClient, TestClientBuilder, eras};
pub use replay::{Replay, ReplayError, replay};
