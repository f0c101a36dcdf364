//! Drives the examples as a client would: as processes, over pipes and sockets.

pub mod dialogue;
pub mod http;
pub mod process;
pub mod stdio;
