//! Runs the examples as processes, and drives them as a client over stdio and HTTP.

pub mod dialogue;
pub mod http;
pub mod process;
pub mod stdio;
