//! Hostile matrix: bad inputs with their exact answers, each followed by a good call.
//!
//! Inputs are in `rows`, a file for each subject; `rows.rs` has their form. Rows of `rows/server` are sent to a
//! server over stdio and HTTP, by a client of each era; those of `rows/http` need HTTP; those of `rows/client` are
//! what a server sends to our client.

#![cfg(target_os = "linux")]
#![allow(missing_docs)]

mod answers;
mod bytes;
mod client;
mod count;
mod faults;
mod fixture;
mod message;
mod rows;
mod server;
