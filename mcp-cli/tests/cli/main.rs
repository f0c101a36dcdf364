//! `cargo mcp` as a user runs it, through pipes and in a terminal.

#![cfg(unix)]
#![allow(missing_docs)]

mod harness;
mod hosts;
mod list;
