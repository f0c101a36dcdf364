//! Logins of clients, at an authorization server in memory and at servers that misbehave.

#![allow(missing_docs)]

mod accounts;
#[cfg(feature = "auth-server")]
mod both_halves;
mod bound_tokens;
mod certificates;
mod discovery;
mod machines;
mod malformed;
mod protected;
mod registration;
mod renewal;
mod secrets;
mod sharing;
mod step_up;
mod users;

#[allow(dead_code, reason = "the tests of the client use more of it")]
#[path = "../client/trickle.rs"]
mod trickle;
