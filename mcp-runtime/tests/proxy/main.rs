//! Gateways, in both eras on either side.

#![allow(missing_docs)]

mod abandoned;
mod answering;
mod changes;
mod components;
mod gateway;
mod hints;
mod hostile;
mod http;
mod joining;
#[cfg(feature = "limits")]
mod limits;
mod lists;
mod logs;
mod passing;
#[allow(dead_code, reason = "the tests of the client need more of it")]
#[path = "../client/peer.rs"]
mod peer;
mod policies;
mod questions;
mod resuming;
mod scripted;
mod updates;
mod waiting;
