//! Gateways, in both eras on either side.

#![allow(missing_docs)]

mod abandoned;
mod changes;
mod components;
mod gateway;
mod hostile;
mod http;
mod logs;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../client/peer.rs"]
mod peer;
mod questions;
mod resuming;
mod scripted;
mod updates;
mod waiting;
